/* SPDX-License-Identifier: Apache-2.0 */
/* NetBSD-style autoconfiguration, as far as io-pkt's drivers use it. */
#ifndef _SYS_DEVICE_H
#define _SYS_DEVICE_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cfattach;
enum devact { DVACT_ACTIVATE, DVACT_DEACTIVATE };

struct device {             /* first member of a driver's softc */
    struct device *dv_next;
    const struct cfattach *dv_ca;
    int dv_unit;
    char dv_xname[16];      /* prefix and unit, e.g. wm0 */
    void *dv_dll_hdl;       /* set by the driver after dev_attach() */
    int dv_flags;
};

struct cfdata;
struct cfattach {
    const char *ca_name;
    size_t ca_devsize;      /* of the softc, which is made zeroed */
    int (*ca_match)(struct device *parent, struct cfdata *cf, void *aux);
    int (*ca_attach)(struct device *parent, struct device *self, void *aux);
    int (*ca_detach)(struct device *self, int flags);
    int (*ca_activate)(struct device *self, enum devact act);
};
#define DETACH_FORCE 0x1
#define DETACH_QUIET 0x2

#define CFATTACH_DECL(name, size, match, attach, detach, activate) \
    struct cfattach name##_ca = {#name, size, match, attach, detach, activate}

/*
 * One call a hardware unit. Takes name= and unit= out of options; *single becomes 1 when options name one unit only, so the
 * caller stops its loop. 0 and *devp, or an errno.
 */
int dev_attach(const char *prefix, char *options, struct cfattach *ca, void *aux, int *single, struct device **devp,
               int (*print)(void *aux, const char *name));
int dev_detach(struct device *dev, int flags);

void *shutdownhook_establish(void (*fn)(void *), void *arg);
void shutdownhook_disestablish(void *hook);

#ifdef __cplusplus
}
#endif
#endif
