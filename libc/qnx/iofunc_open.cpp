// SPDX-License-Identifier: Apache-2.0
// Opening, duplicating through _IO_OPENFD, and closing: where ocbs come from and go to.
#include "iofunc.hpp"
#include "resmgr.hpp"
#include <stdlib.h>

namespace {

mode_t access_wanted(uint32_t ioflag)
{
    mode_t wanted = 0;
    if ((ioflag & _IO_FLAG_RD) != 0)
        wanted |= S_IRUSR;
    if ((ioflag & _IO_FLAG_WR) != 0)
        wanted |= S_IWUSR;
    return wanted;
}

int check_open(resmgr_context_t* ctp, uint32_t ioflag, IOFUNC_ATTR_T* attr,
               const struct _client_info* info)
{
    bool writes = (ioflag & (_IO_FLAG_WR | O_TRUNC)) != 0;
    if (writes && S_ISDIR(attr->mode))
        return EISDIR;
    if (writes && qnx::read_only(attr))
        return EROFS;
    if ((ioflag & O_DIRECTORY) != 0 && !S_ISDIR(attr->mode))
        return ENOTDIR;
    mode_t wanted = access_wanted(ioflag);
    if ((ioflag & O_TRUNC) != 0)
        wanted |= S_IWUSR;
    return wanted == 0 ? EOK : iofunc_check_access(ctp, attr, wanted, info);
}

int default_close(IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr)
{
    if (attr->count > 0)
        attr->count--;
    if ((ocb->ioflag & _IO_FLAG_RD) != 0 && attr->rcount > 0)
        attr->rcount--;
    if ((ocb->ioflag & _IO_FLAG_WR) != 0 && attr->wcount > 0)
        attr->wcount--;
    return EOK;
}

} // namespace

int iofunc_open(resmgr_context_t* ctp, io_open_t* msg, IOFUNC_ATTR_T* attr, IOFUNC_ATTR_T* dattr,
                struct _client_info* info)
{
    struct _client_info own = {};
    if (info == nullptr) {
        int err = iofunc_client_info(ctp, 0, &own);
        if (err != EOK)
            return err;
        info = &own;
    }
    uint32_t ioflag = msg->connect.ioflag;
    if (dattr != nullptr) { // creating: attr is to be filled
        if (qnx::read_only(dattr))
            return EROFS;
        int err = iofunc_check_access(ctp, dattr, S_IWUSR | S_IXUSR, info);
        if (err != EOK)
            return err;
        iofunc_attr_init(attr, msg->connect.mode, dattr, info);
        dattr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
        return EOK;
    }
    if ((ioflag & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return EEXIST;
    if ((msg->connect.eflag & _IO_CONNECT_EFLAG_DIR) != 0 && !S_ISDIR(attr->mode))
        return ENOTDIR;
    int err = check_open(ctp, ioflag, attr, info);
    if (err == EOK && (ioflag & O_TRUNC) != 0)
        attr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    return err;
}

int iofunc_open_default(resmgr_context_t* ctp, io_open_t* msg, IOFUNC_ATTR_T* attr, void*)
{
    struct _client_info info = {};
    int err = iofunc_client_info(ctp, 0, &info);
    if (err != EOK)
        return err;
    if (msg->connect.path[0] != '\0')
        return ENOENT; // names below us are for managers that know them
    qnx::AttrGuard guard(attr);
    err = iofunc_open(ctp, msg, attr, nullptr, &info);
    return err != EOK ? err : iofunc_ocb_attach(ctp, msg, nullptr, attr, nullptr);
}

IOFUNC_OCB_T* iofunc_ocb_calloc(resmgr_context_t*, IOFUNC_ATTR_T*)
{
    return static_cast<IOFUNC_OCB_T*>(calloc(1, sizeof(struct _iofunc_ocb)));
}

void iofunc_ocb_free(IOFUNC_OCB_T* ocb)
{
    free(ocb);
}

int iofunc_ocb_attach(resmgr_context_t* ctp, io_open_t* msg, IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr,
                      const resmgr_io_funcs_t* io_funcs)
{
    const iofunc_funcs_t* funcs = attr->mount != nullptr ? attr->mount->funcs : nullptr;
    bool made = ocb == nullptr;
    if (made) {
        ocb = funcs != nullptr && funcs->ocb_calloc != nullptr ? funcs->ocb_calloc(ctp, attr)
                                                               : iofunc_ocb_calloc(ctp, attr);
        if (ocb == nullptr)
            return ENOMEM;
    }
    ocb->attr = attr;
    if (msg != nullptr) {
        ocb->ioflag = static_cast<int32_t>(msg->connect.ioflag);
        ocb->sflag = msg->connect.sflag;
    }
    struct _client_info info = {};
    if (iofunc_client_info(ctp, 0, &info) == EOK && info.cred.euid == 0)
        ocb->flags |= IOFUNC_OCB_PRIVILEGED;
    if (io_funcs == nullptr) {
        qnx::Attachment attachment{};
        if (qnx::find_attachment(ctp->id, &attachment))
            io_funcs = attachment.io;
    }
    qnx::AttrGuard guard(attr);
    attr->count++;
    if ((ocb->ioflag & _IO_FLAG_RD) != 0)
        attr->rcount++;
    if ((ocb->ioflag & _IO_FLAG_WR) != 0)
        attr->wcount++;
    if (io_funcs == nullptr || resmgr_open_bind(ctp, ocb, io_funcs) != 0) {
        default_close(ocb, attr);
        if (made) {
            if (funcs != nullptr && funcs->ocb_free != nullptr)
                funcs->ocb_free(ocb);
            else
                iofunc_ocb_free(ocb);
        }
        return io_funcs == nullptr ? ENOSYS : ENOMEM;
    }
    return EOK;
}

int iofunc_ocb_detach(resmgr_context_t*, IOFUNC_OCB_T* ocb)
{
    qnx::AttrGuard guard(ocb->attr);
    qnx::unlock_for_ocb(ocb, ocb->attr);
    return default_close(ocb, ocb->attr);
}

int iofunc_openfd(resmgr_context_t* ctp, io_openfd_t* msg, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    struct _client_info info = {};
    int err = iofunc_client_info(ctp, 0, &info);
    return err != EOK ? err : check_open(ctp, msg->i.ioflag, attr, &info);
}

int iofunc_openfd_default(resmgr_context_t* ctp, io_openfd_t* msg, IOFUNC_OCB_T* ocb)
{
    int err = iofunc_openfd(ctp, msg, ocb, ocb->attr);
    if (err != EOK)
        return err;
    io_open_t as_open = {};
    as_open.connect.ioflag = msg->i.ioflag;
    as_open.connect.sflag = msg->i.sflag;
    return iofunc_ocb_attach(ctp, &as_open, nullptr, ocb->attr, nullptr);
}

int iofunc_close_dup(resmgr_context_t* ctp, io_close_t*, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    qnx::unlock_for_process(ctp, attr);
    return iofunc_time_update(attr);
}

int iofunc_close_dup_default(resmgr_context_t* ctp, io_close_t* msg, IOFUNC_OCB_T* ocb)
{
    qnx::AttrGuard guard(ocb->attr);
    return iofunc_close_dup(ctp, msg, ocb, ocb->attr);
}

int iofunc_close_ocb(resmgr_context_t*, IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr)
{
    const iofunc_funcs_t* funcs = attr->mount != nullptr ? attr->mount->funcs : nullptr;
    {
        qnx::AttrGuard guard(attr);
        qnx::unlock_for_ocb(ocb, attr);
        default_close(ocb, attr);
    }
    if (funcs != nullptr && funcs->ocb_free != nullptr)
        funcs->ocb_free(ocb);
    else
        iofunc_ocb_free(ocb);
    return EOK;
}

int iofunc_close_ocb_default(resmgr_context_t* ctp, void*, IOFUNC_OCB_T* ocb)
{
    return iofunc_close_ocb(ctp, ocb, ocb->attr);
}

int iofunc_lock_ocb_default(resmgr_context_t*, void*, IOFUNC_OCB_T* ocb)
{
    return iofunc_attr_lock(ocb->attr);
}

int iofunc_unlock_ocb_default(resmgr_context_t*, void*, IOFUNC_OCB_T* ocb)
{
    return iofunc_attr_unlock(ocb->attr);
}

int iofunc_unblock(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr)
{
    return qnx::unblock_lock(ctp, attr) ? _RESMGR_NOREPLY : _RESMGR_DEFAULT;
}

int iofunc_unblock_default(resmgr_context_t* ctp, void*, IOFUNC_OCB_T* ocb)
{
    return iofunc_unblock(ctp, ocb->attr);
}
