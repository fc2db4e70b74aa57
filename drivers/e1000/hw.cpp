// SPDX-License-Identifier: Apache-2.0
// Register sequences of the 8254x, in the order the developer's manual gives them.
#include "hw.hpp"

#include <errno.h>
#include <unistd.h>

namespace e1000 {

namespace {

constexpr unsigned poll_limit = 10000;

void short_delay()
{
    // A register access takes about a microsecond on the real bus: polling needs no clock.
    __builtin_ia32_pause();
}

} // namespace

void Hw::quiesce()
{
    write(Reg::imc, cause::all);
    write(Reg::rctl, 0);
    write(Reg::tctl, tctl::psp);
    (void)read(Reg::status); // flush posted writes
    receive_mode_ = 0;
}

int Hw::reset()
{
    quiesce();
    write(Reg::ctrl, read(Reg::ctrl) | ctrl::rst);
    // The bit clears itself (13.4.1); registers must not be touched for a microsecond.
    for (unsigned i = 0; i < poll_limit; i++) {
        short_delay();
        if ((read(Reg::ctrl) & ctrl::rst) == 0) {
            write(Reg::imc, cause::all);
            (void)read(Reg::icr);
            receive_mode_ = 0;
            return 0;
        }
    }
    return ETIMEDOUT;
}

int Hw::read_eeprom(unsigned word, uint16_t& value)
{
    const uint32_t done = is_82574_ ? eerd::done_82574 : eerd::done;
    const uint32_t shift = is_82574_ ? eerd::addr_shift_82574 : eerd::addr_shift;
    write(Reg::eerd, eerd::start | (word << shift));
    for (unsigned i = 0; i < poll_limit; i++) {
        uint32_t v = read(Reg::eerd);
        if (v & done) {
            value = static_cast<uint16_t>(v >> eerd::data_shift);
            return 0;
        }
        short_delay();
    }
    return EIO;
}

int Hw::read_station_address(uint8_t mac[6])
{
    uint16_t sum = 0;
    for (unsigned i = 0; i < eeprom_checksum_words; i++) {
        uint16_t v = 0;
        if (int err = read_eeprom(i, v))
            return err;
        sum = static_cast<uint16_t>(sum + v);
        if (i < 3) {
            mac[2 * i] = static_cast<uint8_t>(v);
            mac[2 * i + 1] = static_cast<uint8_t>(v >> 8);
        }
    }
    return sum == eeprom_checksum ? 0 : EIO;
}

void Hw::set_station_address(const uint8_t mac[6])
{
    uint32_t low = static_cast<uint32_t>(mac[0]) | static_cast<uint32_t>(mac[1]) << 8 |
                   static_cast<uint32_t>(mac[2]) << 16 | static_cast<uint32_t>(mac[3]) << 24;
    uint32_t high = static_cast<uint32_t>(mac[4]) | static_cast<uint32_t>(mac[5]) << 8;
    write(Reg::ral0, low);
    write(Reg::rah0, high | rah_valid);
    for (uint32_t i = 1; i < receive_addresses; i++)
        write_at(static_cast<uint32_t>(Reg::rah0) + 8 * i, 0);
}

void Hw::clear_multicast()
{
    for (uint32_t i = 0; i < mta_words; i++)
        write_at(static_cast<uint32_t>(Reg::mta) + 4 * i, 0);
}

void Hw::add_multicast(const uint8_t mac[6])
{
    // RCTL.MO = 0: bits 47:36 of the address select one of 4096 bits (13.5.1).
    uint32_t hash =
        (static_cast<uint32_t>(mac[4]) >> 4 | static_cast<uint32_t>(mac[5]) << 4) & 0xfff;
    uint32_t at = static_cast<uint32_t>(Reg::mta) + 4 * (hash >> 5);
    write_at(at, read_at(at) | 1u << (hash & 31));
}

void Hw::start_receive(const DescRing& ring, unsigned descriptors)
{
    write(Reg::rdbal, static_cast<uint32_t>(ring.paddr));
    write(Reg::rdbah, static_cast<uint32_t>(ring.paddr >> 32));
    write(Reg::rdlen, ring.bytes);
    write(Reg::rdh, 0);
    write(Reg::rdt, descriptors - 1); // one slot stays empty: head == tail means no descriptor
    write(Reg::rdtr, 0);
    write(Reg::radv, 0);
}

void Hw::check_received(bool checksums)
{
    write(Reg::rxcsum, checksums ? rxcsum::ipofl | rxcsum::tuofl : 0);
}

void Hw::start_transmit(const DescRing& ring)
{
    write(Reg::tdbal, static_cast<uint32_t>(ring.paddr));
    write(Reg::tdbah, static_cast<uint32_t>(ring.paddr >> 32));
    write(Reg::tdlen, ring.bytes);
    write(Reg::tdh, 0);
    write(Reg::tdt, 0);
    write(Reg::tipg, tipg_copper);
    write(Reg::tidv, 0);
    // Collision threshold 15 and distance 64 as 13.4.33 advises for full duplex.
    write(Reg::tctl, tctl::en | tctl::psp | 15u << tctl::ct_shift | 64u << tctl::cold_shift);
}

void Hw::set_receive_mode(uint32_t bits)
{
    if (bits == receive_mode_)
        return;
    receive_mode_ = bits;
    write(Reg::rctl, bits);
}

void Hw::set_link_up(bool forced, const LinkState& link)
{
    uint32_t v = read(Reg::ctrl);
    v |= ctrl::slu;
    v &= ~(ctrl::lrst | ctrl::ilos | ctrl::phy_rst | ctrl::frcspd | ctrl::frcdplx | ctrl::vme |
           ctrl::asde | ctrl::fd | 3u << ctrl::speed_shift);
    if (forced) {
        v |= ctrl::frcspd | ctrl::frcdplx | (link.full_duplex ? ctrl::fd : 0);
        v |= (link.mbps == 1000 ? 2u : link.mbps == 100 ? 1u : 0u) << ctrl::speed_shift;
    } else {
        v |= ctrl::asde | ctrl::fd;
    }
    write(Reg::ctrl, v);
}

void Hw::set_flow_control(bool heed, bool send)
{
    write(Reg::fcal, flow::address_low);
    write(Reg::fcah, flow::address_high);
    write(Reg::fct, flow::type);
    write(Reg::fcttv, send ? flow::pause_time : 0);
    write(Reg::fcrtl, send ? flow::low_water | flow::send_xon : 0);
    write(Reg::fcrth, send ? flow::high_water : 0);
    uint32_t v = read(Reg::ctrl) & ~(ctrl::rfce | ctrl::tfce);
    write(Reg::ctrl, v | (heed ? ctrl::rfce : 0) | (send ? ctrl::tfce : 0));
}

uint32_t Hw::mdi_access(uint32_t command)
{
    write(Reg::mdic, command);
    for (unsigned i = 0; i < poll_limit; i++) {
        uint32_t v = read(Reg::mdic);
        if (v & mdic::ready)
            return v;
        short_delay();
    }
    return mdic::error;
}

uint16_t Hw::read_phy(unsigned phy, unsigned reg)
{
    uint32_t v = mdi_access(mdic::op_read | phy << mdic::phy_shift | reg << mdic::reg_shift);
    return v & mdic::error ? 0xffff : static_cast<uint16_t>(v);
}

void Hw::write_phy(unsigned phy, unsigned reg, uint16_t value)
{
    mdi_access(mdic::op_write | phy << mdic::phy_shift | reg << mdic::reg_shift | value);
}

void Hw::set_interrupt_rate(unsigned per_second)
{
    constexpr unsigned units_per_second = 1000000000 / 256; // 13.4.18
    write(Reg::itr, per_second == 0 ? 0 : units_per_second / per_second & 0xffff);
}

LinkState Hw::link() const
{
    static constexpr unsigned speeds[] = {10, 100, 1000, 1000};
    uint32_t v = read(Reg::status);
    LinkState s;
    s.up = (v & status::lu) != 0;
    s.full_duplex = (v & status::fd) != 0;
    s.mbps = speeds[v >> status::speed_shift & status::speed_mask];
    return s;
}

uint64_t Hw::read_stat64(uint32_t low) const
{
    // Reading the high half clears both (13.7): the low one comes first.
    uint64_t v = read_at(low);
    return v | static_cast<uint64_t>(read_at(low + 4)) << 32;
}

} // namespace e1000
