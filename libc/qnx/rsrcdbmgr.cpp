// SPDX-License-Identifier: Apache-2.0
// The resource database: lists of items, each a message to the process manager.
#include "result.hpp"

#include <string.h>
#include <sys/neutrino.h>
#include <sys/rsrcdbmgr.h>

namespace {

int named(struct proc_rsrc& item, uint32_t flags, const char* name)
{
    item.type = PROC_RSRC;
    item.flags = flags;
    if ((flags & RSRCDBMGR_FLAG_NAME) == 0)
        return EOK;
    if (name == nullptr || strlen(name) > RSRC_NAME_MAX)
        return -EINVAL;
    memcpy(item.name, name, strlen(name) + 1);
    return EOK;
}

int tell(int subtype, struct proc_rsrc& item)
{
    item.subtype = static_cast<uint16_t>(subtype);
    return static_cast<int>(MsgSend_r(SYSMGR_COID, &item, sizeof item, &item, sizeof item));
}

int alloc_item(int subtype, const rsrc_alloc_t& from)
{
    struct proc_rsrc item = {};
    item.start = from.start;
    item.end = from.end;
    const int error = named(item, from.flags, from.name);
    return error != EOK ? error : tell(subtype, item);
}

int request_item(int subtype, rsrc_request_t& from)
{
    struct proc_rsrc item = {};
    item.start = from.start;
    item.end = from.end;
    item.length = from.length;
    item.align = from.align;
    int error = named(item, from.flags, from.name);
    error = error != EOK ? error : tell(subtype, item);
    if (error >= 0 && subtype == RSRC_ATTACH) {
        from.start = item.start;
        from.end = item.end;
    }
    return error;
}

// All, or none: what was done is undone by the opposite.
template <class Item, class Do>
int each(Item* list, int count, int subtype, int opposite, Do&& one)
{
    if (count < 0 || (count > 0 && list == nullptr))
        return qnx::errno_of(-EINVAL);
    for (int i = 0; i < count; ++i) {
        const int error = one(subtype, list[i]);
        if (error >= 0)
            continue;
        while (i-- > 0)
            one(opposite, list[i]);
        return qnx::errno_of(error);
    }
    return EOK;
}

} // namespace

int rsrcdbmgr_create(rsrc_alloc_t* item, int count)
{
    return each(item, count, RSRC_CREATE, RSRC_DESTROY, alloc_item);
}

int rsrcdbmgr_destroy(rsrc_alloc_t* item, int count)
{
    return each(item, count, RSRC_DESTROY, RSRC_CREATE, alloc_item);
}

int rsrcdbmgr_attach(rsrc_request_t* list, int count)
{
    return each(list, count, RSRC_ATTACH, RSRC_DETACH, request_item);
}

int rsrcdbmgr_detach(rsrc_request_t* list, int count)
{
    return each(list, count, RSRC_DETACH, RSRC_ATTACH, request_item);
}

int rsrcdbmgr_query(rsrc_alloc_t* list, int listcnt, int start, uint32_t type)
{
    int written = 0;
    for (int index = start; index >= 0; ++index) {
        struct proc_rsrc item = {};
        item.type = PROC_RSRC;
        item.flags = type & RSRCDBMGR_TYPE_MASK;
        item.align = static_cast<uint64_t>(index);
        const int count = tell(RSRC_QUERY, item);
        if (count < 0 || list == nullptr)
            return qnx::errno_of(count);
        if (index >= count || written == listcnt)
            return written;
        list[written++] = {item.start, item.end, item.flags, nullptr};
    }
    return qnx::errno_of(-EINVAL);
}
