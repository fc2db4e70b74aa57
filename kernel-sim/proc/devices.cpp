// SPDX-License-Identifier: Apache-2.0
// procnto's small devices: /dev/null, /dev/zero and /dev/text (the debug console).
#include "arch/console.hpp"
#include "proc/resource_server.hpp"

#include <abi/proc_msg.h>
#include <new>

namespace proc {

namespace {

constexpr uint32_t character_device = 0020000;

enum class DeviceKind : uint8_t { null, zero, text };

class Device final : public Resource {
public:
    explicit Device(DeviceKind kind) : kind_(kind) {}

    void stat(_io_stat_data& out) const override
    {
        stat_common(out, 0x200000000 + static_cast<uint64_t>(kind_), character_device | 0666u, 0);
        out.rdev = 0x100 + static_cast<uint32_t>(kind_);
    }
    int64_t read(Request&, uint64_t, uint8_t* to, uint64_t size) override
    {
        if (kind_ != DeviceKind::zero) {
            return 0; // end of file at once
        }
        std::memset(to, 0, size);
        return static_cast<int64_t>(size);
    }
    int64_t write(Request&, uint64_t, const uint8_t* from, uint64_t size) override
    {
        if (kind_ == DeviceKind::text) {
            arch::console_write(reinterpret_cast<const char*>(from), size);
        }
        return static_cast<int64_t>(size);
    }
    int truncate(uint64_t) override { return EOK; }
    bool seekable() const override { return false; }

private:
    DeviceKind kind_;
};

class DeviceManager final : public Manager {
public:
    explicit constexpr DeviceManager(DeviceKind kind) : kind_(kind) {}
    int open(const Connect& connect, Resource*& out) override
    {
        if (!connect.path.empty()) {
            return ENOTDIR;
        }
        if (connect.creates() && connect.exclusive()) {
            return EEXIST;
        }
        out = new (std::nothrow) Device(kind_);
        return out == nullptr ? ENOMEM : EOK;
    }

private:
    DeviceKind kind_;
};

DeviceManager null_manager(DeviceKind::null), zero_manager(DeviceKind::zero),
    text_manager(DeviceKind::text);

} // namespace

void add_device_managers()
{
    add_manager("/dev/null", null_manager, 0, _FTYPE_ANY);
    add_manager("/dev/zero", zero_manager, 0, _FTYPE_ANY);
    add_manager("/dev/text", text_manager, 0, _FTYPE_ANY);
    add_manager("/dev/console", text_manager, PATH_FLAG_AFTER,
                _FTYPE_ANY); // until a driver brings a better one
    add_shared_memory_manager();
    add_typed_memory_manager();
}

} // namespace proc
