// SPDX-License-Identifier: Apache-2.0
// The chip behind its registers: reset, EEPROM, addresses, filters, link. No stack types here.
#pragma once

#include <stdint.h>

#include "regs.hpp"

namespace e1000 {

struct LinkState {
    bool up = false;
    bool full_duplex = false;
    unsigned mbps = 0;
};

struct DescRing {
    uint64_t paddr = 0;
    uint32_t bytes = 0;
};

class Hw {
public:
    void map(volatile void* registers) { base_ = static_cast<volatile uint8_t*>(registers); }
    bool mapped() const { return base_ != nullptr; }
    // The 82574L: the 8254x' registers and descriptors but for the EEPROM's.
    void set_82574() { is_82574_ = true; }

    uint32_t read(Reg r) const { return read_at(static_cast<uint32_t>(r)); }
    void write(Reg r, uint32_t v) { write_at(static_cast<uint32_t>(r), v); }
    uint32_t read_at(uint32_t offset) const
    {
        return *reinterpret_cast<const volatile uint32_t*>(base_ + offset);
    }
    void write_at(uint32_t offset, uint32_t v)
    {
        *reinterpret_cast<volatile uint32_t*>(base_ + offset) = v;
    }

    // Stops all DMA and interrupts; returns 0 or ETIMEDOUT. 14.3
    int reset();
    // Only stops DMA and interrupts: two register writes, safe from a shutdown hook.
    void quiesce();

    // Reads the station address from the EEPROM (checked by its checksum); 0 or EIO.
    int read_station_address(uint8_t mac[6]);

    void set_station_address(const uint8_t mac[6]);
    void clear_multicast();
    void add_multicast(const uint8_t mac[6]);

    void start_receive(const DescRing& ring, unsigned descriptors);
    void check_received(bool checksums);
    void start_transmit(const DescRing& ring);
    // Receive mode; written only when it changes, because every write makes QEMU's model hold
    // received frames back for a second.
    void set_receive_mode(uint32_t bits);
    // CTRL's link bits. forced: speed and duplex as in `link`, whatever the PHY says.
    void set_link_up(bool forced, const LinkState& link);
    void set_flow_control(bool heed, bool send);
    // The PHY's registers (IEEE 802.3, 22.2.4); a PHY that does not answer reads as 0xffff.
    uint16_t read_phy(unsigned phy, unsigned reg);
    void write_phy(unsigned phy, unsigned reg, uint16_t value);
    void set_interrupt_rate(unsigned per_second);
    LinkState link() const;

    uint64_t read_stat64(uint32_t low) const;

private:
    uint32_t mdi_access(uint32_t command);
    int read_eeprom(unsigned word, uint16_t& value);

    volatile uint8_t* base_ = nullptr;
    uint32_t receive_mode_ = 0;
    bool is_82574_ = false;
};

} // namespace e1000
