// SPDX-License-Identifier: Apache-2.0
// Attributes over messages: stat, chmod, chown, utime; and the checks of operations on names.
#include "iofunc.hpp"
#include <string.h>

namespace {

// A device number for every name that is attached: programs tell files apart by it and the inode.
void fill_device(const resmgr_context_t* ctp, const IOFUNC_ATTR_T& attr, struct _io_stat_data& stat)
{
    dev_t device = 0;
    ino_t inode = 0;
    stat.ino = attr.inode;
    stat.dev = attr.mount != nullptr ? static_cast<uint32_t>(attr.mount->dev) : 0;
    if (ctp == nullptr || (stat.dev != 0 && stat.ino != 0) ||
        resmgr_devino(ctp->id, &device, &inode) == -1)
        return;
    stat.dev = stat.dev != 0 ? stat.dev : static_cast<uint32_t>(device);
    stat.ino = stat.ino != 0 ? stat.ino : inode;
}

} // namespace

int iofunc_stat(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr, struct _io_stat_data* stat)
{
    iofunc_time_update(attr);
    memset(stat, 0, sizeof *stat);
    fill_device(ctp, *attr, *stat);
    stat->size = attr->nbytes;
    stat->rdev = static_cast<uint32_t>(attr->rdev);
    stat->uid = attr->uid;
    stat->gid = attr->gid;
    stat->mtime = attr->mtime;
    stat->atime = attr->atime;
    stat->ctime = attr->ctime;
    stat->mtime_ns = attr->mtime_ns;
    stat->atime_ns = attr->atime_ns;
    stat->ctime_ns = attr->ctime_ns;
    stat->mode = attr->mode;
    stat->nlink = attr->nlink;
    stat->blksize = attr->mount != nullptr && attr->mount->blocksize > 0
                        ? static_cast<uint32_t>(attr->mount->blocksize)
                        : 512;
    stat->blocks512 = static_cast<uint32_t>((attr->nbytes + 511) / 512);
    return EOK;
}

int iofunc_stat_default(resmgr_context_t* ctp, io_stat_t* msg, IOFUNC_OCB_T* ocb)
{
    // The reply is bigger than the request and must not run over what follows it in a combined message.
    auto* reply = reinterpret_cast<struct _io_stat_data*>(ctp->msg);
    (void)msg;
    int err = iofunc_stat(ctp, ocb->attr, reply);
    return err != EOK ? err : _RESMGR_PTR(ctp, reply, sizeof *reply);
}

int iofunc_chmod(resmgr_context_t* ctp, io_chmod_t* msg, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    struct _client_info info = {};
    int err = iofunc_client_info(ctp, 0, &info);
    if (err != EOK)
        return err;
    if (!qnx::owner_or_root(attr, info))
        return EPERM;
    if (qnx::read_only(attr))
        return EROFS;
    attr->mode = (attr->mode & S_IFMT) | (msg->i.mode & 07777);
    attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_MODE;
    return EOK;
}

int iofunc_chmod_default(resmgr_context_t* ctp, io_chmod_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_chmod(ctp, msg, ocb, ocb->attr);
}

int iofunc_chown(resmgr_context_t* ctp, io_chown_t* msg, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    struct _client_info info = {};
    int err = iofunc_client_info(ctp, 0, &info);
    if (err != EOK)
        return err;
    if (qnx::read_only(attr))
        return EROFS;
    bool gives_away = msg->i.uid != -1 && static_cast<uid_t>(msg->i.uid) != attr->uid;
    bool other_group = msg->i.gid != -1 && static_cast<gid_t>(msg->i.gid) != info.cred.egid;
    if (info.cred.euid != 0 && (gives_away || info.cred.euid != attr->uid || other_group))
        return EPERM;
    if (msg->i.uid != -1)
        attr->uid = static_cast<uid_t>(msg->i.uid);
    if (msg->i.gid != -1)
        attr->gid = static_cast<gid_t>(msg->i.gid);
    if (info.cred.euid != 0)
        attr->mode &= ~static_cast<mode_t>(S_ISUID | S_ISGID);
    attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_OWNER;
    return EOK;
}

int iofunc_chown_default(resmgr_context_t* ctp, io_chown_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_chown(ctp, msg, ocb, ocb->attr);
}

int iofunc_utime(resmgr_context_t* ctp, io_utime_t* msg, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    struct _client_info info = {};
    int err = iofunc_client_info(ctp, 0, &info);
    if (err != EOK)
        return err;
    if (qnx::read_only(attr))
        return EROFS;
    bool now = msg->i.cur_flag != 0;
    if (!qnx::owner_or_root(attr, info)) {
        if (!now)
            return EPERM;
        err = iofunc_check_access(ctp, attr, S_IWUSR, &info);
        if (err != EOK)
            return err;
    }
    if (now) {
        attr->flags |= IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME;
    } else {
        attr->atime = msg->i.actime;
        attr->mtime = msg->i.modtime;
        attr->atime_ns = attr->mtime_ns = 0;
        attr->flags &= ~(IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME);
    }
    attr->flags |= IOFUNC_ATTR_CTIME;
    return iofunc_time_update(attr);
}

int iofunc_utime_default(resmgr_context_t* ctp, io_utime_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_utime(ctp, msg, ocb, ocb->attr);
}

int iofunc_link(resmgr_context_t* ctp, io_link_t*, IOFUNC_ATTR_T* attr, IOFUNC_ATTR_T* dattr,
                struct _client_info* info)
{
    if (S_ISDIR(attr->mode))
        return EPERM;
    if (dattr != nullptr) {
        if (qnx::read_only(dattr))
            return EROFS;
        int err = iofunc_check_access(ctp, dattr, S_IWUSR | S_IXUSR, info);
        if (err != EOK)
            return err;
        dattr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    }
    attr->nlink++;
    attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_NLINK;
    return EOK;
}

int iofunc_unlink(resmgr_context_t* ctp, io_unlink_t*, IOFUNC_ATTR_T* attr, IOFUNC_ATTR_T* dattr,
                  struct _client_info* info)
{
    if (dattr != nullptr) {
        if (qnx::read_only(dattr))
            return EROFS;
        int err = iofunc_check_access(ctp, dattr, S_IWUSR | S_IXUSR, info);
        if (err != EOK)
            return err;
        bool sticky = (dattr->mode & S_ISVTX) != 0;
        if (sticky && !qnx::owner_or_root(attr, *info) && !qnx::owner_or_root(dattr, *info))
            return EPERM;
        dattr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    }
    if (attr->nlink > 0)
        attr->nlink--;
    attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_NLINK;
    return EOK;
}

int iofunc_mknod(resmgr_context_t* ctp, io_mknod_t* msg, IOFUNC_ATTR_T* attr, IOFUNC_ATTR_T* dattr,
                 struct _client_info* info)
{
    if (dattr != nullptr) {
        if (qnx::read_only(dattr))
            return EROFS;
        int err = iofunc_check_access(ctp, dattr, S_IWUSR | S_IXUSR, info);
        if (err != EOK)
            return err;
        dattr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    }
    iofunc_attr_init(attr, msg->connect.mode, dattr, info);
    return EOK;
}

int iofunc_readlink(resmgr_context_t*, io_readlink_t*, IOFUNC_ATTR_T* attr, struct _client_info*)
{
    if (!S_ISLNK(attr->mode))
        return EINVAL;
    attr->flags |= IOFUNC_ATTR_ATIME;
    return EOK;
}
