// SPDX-License-Identifier: Apache-2.0
// ioctls whose structure points to a buffer or is longer than its number says: over the wire the buffer follows the structure.
#include "result.hpp"
#include <net/bpf.h>
#include <net/if.h>
#include <net/if_vlanvar.h>
#include <net/ifdrvcom.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>

extern "C" __attribute__((visibility("hidden"))) long ioctl_with_list(int fd, int request,
                                                                      void* arg, int* handled);

namespace {

constexpr size_t max_list = 1024 * 1024;

struct List {
    void* structure;
    size_t structure_len;
    void* buffer;
    size_t room;      // the reply's part for the buffer
    size_t given = 0; // bytes of the buffer that go out with the structure
};

// bytes of the list that came, or -errno
long exchange(int fd, int request, const List& list)
{
    if (list.room > max_list || list.given > max_list)
        return -EINVAL;
    struct _io_devctl message = {};
    struct _io_devctl_reply reply = {};
    message.type = _IO_DEVCTL;
    message.combine_len = sizeof message;
    message.dcmd = request;
    message.nbytes = static_cast<uint32_t>(list.structure_len +
                                           (list.given > list.room ? list.given : list.room));
    iov_t send[3], receive[3];
    SETIOV(&send[0], &message, sizeof message);
    SETIOV(&send[1], list.structure, list.structure_len);
    SETIOV(&send[2], list.buffer, list.given);
    SETIOV(&receive[0], &reply, sizeof reply);
    SETIOV(&receive[1], list.structure, list.structure_len);
    SETIOV(&receive[2], list.buffer, list.room);
    long result = MsgSendv_r(fd, send, 3, receive, 3);
    if (result < 0)
        return result == -ENOSYS ? -ENOTTY : result;
    return reply.nbytes > list.structure_len ? static_cast<long>(reply.nbytes - list.structure_len)
                                             : 0;
}

long interface_list(int fd, int request, struct ifconf* conf)
{
    if (conf->ifc_len < 0)
        return -EINVAL;
    void* buffer = conf->ifc_buf;
    long result = exchange(
        fd, request,
        {conf, sizeof *conf, buffer, buffer != nullptr ? static_cast<size_t>(conf->ifc_len) : 0});
    conf->ifc_buf = buffer;
    return result < 0 ? result : 0;
}

long cloner_names(int fd, int request, struct if_clonereq* names)
{
    if (names->ifcr_count < 0)
        return -EINVAL;
    char* buffer = names->ifcr_buffer;
    size_t room = buffer != nullptr ? static_cast<size_t>(names->ifcr_count) * IFNAMSIZ : 0;
    long result = exchange(fd, request, {names, sizeof *names, buffer, room});
    names->ifcr_buffer = buffer;
    return result < 0 ? result : 0;
}

long media_words(int fd, int request, struct ifmediareq* media)
{
    if (media->ifm_count < 0)
        return -EINVAL;
    int* words = media->ifm_ulist;
    size_t room = words != nullptr ? static_cast<size_t>(media->ifm_count) * sizeof(int) : 0;
    long result = exchange(fd, request, {media, sizeof *media, words, room});
    media->ifm_ulist = words;
    return result < 0 ? result : 0;
}

// A VLAN's parent and tag lie where ifr_data points.
long vlan_facts(int fd, int request, struct ifreq* interface)
{
    void* facts = interface->ifr_data;
    if (facts == nullptr)
        return -EFAULT;
    const bool set = static_cast<unsigned>(request) == SIOCSETVLAN;
    const size_t size = sizeof(struct vlanreq);
    long result = exchange(fd, request,
                           {interface, sizeof *interface, facts, set ? 0 : size, set ? size : 0});
    interface->ifr_data = facts;
    return result < 0 ? result : 0;
}

// A list of senders follows the structure's head; the structure itself has room for one.
long source_filter(int fd, int request, struct ip_msfilter* filter)
{
    constexpr size_t head = IP_MSFILTER_SIZE(0);
    const size_t list = filter->imsf_numsrc * sizeof(struct in_addr);
    const bool set = static_cast<unsigned>(request) == SIOCSIPMSFILTER;
    if (filter->imsf_numsrc > max_list / sizeof(struct in_addr))
        return -EINVAL;
    // The number promises a whole structure.
    const size_t least = list < sizeof(struct in_addr) ? sizeof(struct in_addr) : list;
    struct in_addr one = {};
    void* buffer = list != 0 ? static_cast<void*>(filter->imsf_slist) : &one;
    long result = exchange(fd, request, {filter, head, buffer, set ? 0 : least, set ? least : 0});
    return result < 0 ? result : 0;
}

// The command's own structure is at the front of the caller's drvcom_config or drvcom_stats; the data lies behind it.
long driver_facts(int fd, int request, struct drvcom_cmd* cmd)
{
    long result = exchange(fd, request, {cmd, sizeof *cmd, cmd + 1, cmd->ifdc_len});
    return result < 0 ? result : 0;
}

// A driver's own command: the data goes both ways. With ifd_data empty it lies behind the caller's structure, as devctl() has it.
long driver_specific(int fd, int request, struct ifdrv* command)
{
    void* data = command->ifd_data;
    const size_t size = command->ifd_len;
    const bool get = static_cast<unsigned>(request) == SIOCGDRVSPEC;
    long result = exchange(
        fd, request,
        {command, sizeof *command, data != nullptr ? data : command + 1, get ? size : 0, size});
    command->ifd_data = data;
    return result < 0 ? result : 0;
}

// A filter: its instructions go out behind the structure.
long filter_program(int fd, int request, struct bpf_program* program)
{
    const size_t size = size_t(program->bf_len) * sizeof(struct bpf_insn);
    if (program->bf_len > BPF_MAXINSNS || (size != 0 && program->bf_insns == nullptr))
        return -EINVAL;
    long result = exchange(fd, request, {program, sizeof *program, program->bf_insns, 0, size});
    return result < 0 ? result : 0;
}

long link_types(int fd, int request, struct bpf_dltlist* list)
{
    unsigned* words = list->bfl_list;
    size_t room = words != nullptr ? size_t(list->bfl_len) * sizeof(unsigned) : 0;
    long result = exchange(fd, request, {list, sizeof *list, words, room});
    list->bfl_list = words;
    return result < 0 ? result : 0;
}

} // namespace

long ioctl_with_list(int fd, int request, void* arg, int* handled)
{
    *handled = 1;
    switch (static_cast<unsigned>(request)) {
    case SIOCGIFCONF:
        return interface_list(fd, request, static_cast<struct ifconf*>(arg));
    case SIOCIFGCLONERS:
        return cloner_names(fd, request, static_cast<struct if_clonereq*>(arg));
    case SIOCGIFMEDIA:
        return media_words(fd, request, static_cast<struct ifmediareq*>(arg));
    case SIOCSIPMSFILTER:
    case SIOCGIPMSFILTER:
        return source_filter(fd, request, static_cast<struct ip_msfilter*>(arg));
    case SIOCSETVLAN:
    case SIOCGETVLAN:
        return vlan_facts(fd, request, static_cast<struct ifreq*>(arg));
    case SIOCGDRVCOM:
        return driver_facts(fd, request, static_cast<struct drvcom_cmd*>(arg));
    case SIOCSDRVSPEC:
    case SIOCGDRVSPEC:
        return driver_specific(fd, request, static_cast<struct ifdrv*>(arg));
    case BIOCSETF:
        return filter_program(fd, request, static_cast<struct bpf_program*>(arg));
    case BIOCGDLTLIST:
        return link_types(fd, request, static_cast<struct bpf_dltlist*>(arg));
    default:
        *handled = 0;
        return 0;
    }
}
