/* SPDX-License-Identifier: Apache-2.0 */
/* Socket and interface ioctls (BSD names; numbers by the BSD encoding of <sys/ioccom.h>). */
#ifndef _SYS_SOCKIO_H
#define _SYS_SOCKIO_H
#include <sys/ioccom.h>

#define SIOCATMARK __IOC_R('s', 7, int)

/* struct ip_msfilter with its list (RFC 3678, appendix A); setipv4sourcefilter() and its family send them. */
#define SIOCSIPMSFILTER __IOC_W('s', 20, struct ip_msfilter)
#define SIOCGIPMSFILTER __IOC_WR('s', 21, struct ip_msfilter)

#define SIOCADDRT __IOC_W('r', 10, struct ortentry)
#define SIOCDELRT __IOC_W('r', 11, struct ortentry)

#define SIOCSIFADDR __IOC_W('i', 12, struct ifreq)
#define SIOCGIFADDR __IOC_WR('i', 33, struct ifreq)
#define SIOCSIFDSTADDR __IOC_W('i', 14, struct ifreq)
#define SIOCGIFDSTADDR __IOC_WR('i', 34, struct ifreq)
#define SIOCSIFFLAGS __IOC_W('i', 16, struct ifreq)
#define SIOCGIFFLAGS __IOC_WR('i', 17, struct ifreq)
#define SIOCGIFBRDADDR __IOC_WR('i', 35, struct ifreq)
#define SIOCSIFBRDADDR __IOC_W('i', 19, struct ifreq)
#define SIOCGIFCONF __IOC_WR('i', 38, struct ifconf)
#define SIOCGIFNETMASK __IOC_WR('i', 37, struct ifreq)
#define SIOCSIFNETMASK __IOC_W('i', 22, struct ifreq)
#define SIOCGIFMETRIC __IOC_WR('i', 23, struct ifreq)
#define SIOCSIFMETRIC __IOC_W('i', 24, struct ifreq)
#define SIOCDIFADDR __IOC_W('i', 25, struct ifreq)
#define SIOCAIFADDR __IOC_W('i', 26, struct ifaliasreq)
#define SIOCGIFALIAS __IOC_WR('i', 27, struct ifaliasreq)
#define SIOCADDMULTI __IOC_W('i', 49, struct ifreq)
#define SIOCDELMULTI __IOC_W('i', 50, struct ifreq)
#define SIOCSIFMEDIA __IOC_WR('i', 53, struct ifreq)
#define SIOCGIFMEDIA __IOC_WR('i', 54, struct ifmediareq)
#define SIOCSIFGENERIC __IOC_W('i', 57, struct ifreq)
#define SIOCGIFGENERIC __IOC_WR('i', 58, struct ifreq)
#define SIOCIFCREATE __IOC_W('i', 122, struct ifreq)
#define SIOCIFDESTROY __IOC_W('i', 121, struct ifreq)
#define SIOCIFGCLONERS __IOC_WR('i', 120, struct if_clonereq)
#define SIOCGIFDLT __IOC_WR('i', 119, struct ifreq)
#define SIOCGIFCAP __IOC_WR('i', 118, struct ifcapreq)
#define SIOCSIFCAP __IOC_W('i', 117, struct ifcapreq)
#define SIOCSDRVSPEC __IOC_W('i', 123, struct ifdrv)
#define SIOCGDRVSPEC __IOC_WR('i', 123, struct ifdrv)
#define SIOCGIFMTU __IOC_WR('i', 126, struct ifreq)
#define SIOCSIFMTU __IOC_W('i', 127, struct ifreq)
#define SIOCGIFDATA __IOC_WR('i', 133, struct ifdatareq)
#define SIOCZIFDATA __IOC_WR('i', 134, struct ifdatareq)
#define SIOCALIFADDR __IOC_W('i', 28, struct if_laddrreq)
#define SIOCGLIFADDR __IOC_WR('i', 29, struct if_laddrreq)
#define SIOCDLIFADDR __IOC_W('i', 30, struct if_laddrreq)
#define SIOCGARP __IOC_WR('i', 140, struct arpreq)
#define SIOCGIFFIBS __IOC_WR('i', 143, struct ifreq) /* ifr_value: the interface's FIBs, a bit each */
#define SIOCSIFFIBS __IOC_W('i', 144, struct ifreq)
#define SIOCSIFNAME __IOC_W('i', 141, struct ifreq) /* ifr_data: nothing embedded; the new name is in ifr_newname */
#define SIOCGDRVCOM __IOC_WR('i', 142, struct drvcom_cmd)
#endif
