// SPDX-License-Identifier: Apache-2.0
// Configuration strings, and the record of message-signalled interrupts by owner.
#include "proc/configuration.hpp"

#include "arch/machine.hpp"
#include "proc/path_text.hpp"

#include <abi/errno.h>
#include <boost/intrusive/list.hpp>

namespace proc {

namespace {

constexpr uint32_t max_strings = 32;
constexpr int64_t max_name = 4096;

struct Setting {
    int64_t name = -1;
    OwnedText value;
};
Setting* settings() // made at the first use: no global constructors
{
    alignas(Setting) static unsigned char storage[sizeof(Setting) * max_strings];
    static Setting* table = new (storage) Setting[max_strings];
    return table;
}

struct MsiRange : boost::intrusive::list_base_hook<> {
    const object::Process* owner = nullptr;
    uint32_t first = 0, count = 0;
};
using MsiList = boost::intrusive::list<MsiRange>;
MsiList& msi_ranges()
{
    alignas(MsiList) static unsigned char storage[sizeof(MsiList)];
    static MsiList* list = new (storage) MsiList;
    return *list;
}

} // namespace

bool configuration(int64_t name, std::string_view& value)
{
    for (uint32_t i = 0; i < max_strings; ++i) {
        if (settings()[i].name == name && name >= 0) {
            value = settings()[i].value.view();
            return true;
        }
    }
    return false;
}

int set_configuration(int64_t name, std::string_view value)
{
    if (name < 0 || name >= max_name) {
        return EINVAL;
    }
    Setting* place = nullptr;
    for (uint32_t i = 0; i < max_strings; ++i) {
        Setting& setting = settings()[i];
        if (setting.name == name) {
            place = &setting;
            break;
        }
        if (setting.name < 0 && place == nullptr) {
            place = &setting;
        }
    }
    if (place == nullptr) {
        return ENOSPC;
    }
    OwnedText copy(value);
    if (!copy) {
        return ENOMEM;
    }
    place->name = name;
    place->value = std::move(copy);
    return EOK;
}

bool remember_msi(const object::Process& process, uint32_t first, uint32_t count)
{
    auto* range = new (std::nothrow) MsiRange;
    if (range == nullptr) {
        return false;
    }
    range->owner = &process;
    range->first = first;
    range->count = count;
    msi_ranges().push_back(*range);
    return true;
}

bool forget_msi(const object::Process& process, uint32_t first, uint32_t count)
{
    for (MsiRange& range : msi_ranges()) {
        if (range.owner == &process && range.first == first && range.count == count) {
            msi_ranges().erase_and_dispose(msi_ranges().iterator_to(range),
                                           [](MsiRange* r) { delete r; });
            return true;
        }
    }
    return false;
}

void release_msi(const object::Process& process)
{
    msi_ranges().remove_and_dispose_if(
        [&](const MsiRange& range) { return range.owner == &process; },
        [](MsiRange* range) {
            (void)arch::free_msi(range->first, range->count);
            delete range;
        });
}

} // namespace proc
