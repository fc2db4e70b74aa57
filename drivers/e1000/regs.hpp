// SPDX-License-Identifier: Apache-2.0
// Registers and descriptors of the 8254x Ethernet controllers: only what the driver uses.
// Sections cited are of Intel's "PCI/PCI-X Family of Gigabit Ethernet Controllers Software
// Developer's Manual" (317453).
#pragma once

#include <stdint.h>

namespace e1000 {

// Offsets in the memory-mapped register set (13.4).
enum class Reg : uint32_t {
    ctrl = 0x0000,   // device control
    status = 0x0008, // device status
    eerd = 0x0014,   // EEPROM read
    mdic = 0x0020,   // PHY registers
    fcal = 0x0028,   // flow control: the pause frames' address
    fcah = 0x002c,
    fct = 0x0030,   // and type
    icr = 0x00c0,   // interrupt cause read: reading clears
    itr = 0x00c4,   // interrupt throttling, 256 ns units
    ims = 0x00d0,   // interrupt mask set
    imc = 0x00d8,   // interrupt mask clear
    rctl = 0x0100,  // receive control
    fcttv = 0x0170, // time a pause frame asks for
    tctl = 0x0400,  // transmit control
    tipg = 0x0410,  // transmit inter-packet gap
    fcrtl = 0x2160, // receive FIFO's level to end a pause
    fcrth = 0x2168, // and to ask for one
    rdbal = 0x2800,
    rdbah = 0x2804,
    rdlen = 0x2808,
    rdh = 0x2810,
    rdt = 0x2818,
    rdtr = 0x2820, // receive delay timer
    radv = 0x282c, // receive absolute delay
    tdbal = 0x3800,
    tdbah = 0x3804,
    tdlen = 0x3808,
    tdh = 0x3810,
    tdt = 0x3818,
    tidv = 0x3820,
    stats = 0x4000,  // first of the statistics registers (13.7)
    rxcsum = 0x5000, // receive checksum control
    mta = 0x5200,    // multicast table, 128 words
    ral0 = 0x5400,   // receive address pairs, 16 of them
    rah0 = 0x5404,
};

inline constexpr uint32_t register_bytes = 0x20000;
inline constexpr unsigned mta_words = 128;
inline constexpr unsigned receive_addresses = 16;

// CTRL, 13.4.1
namespace ctrl {
inline constexpr uint32_t asde = 1u << 5; // automatic speed detection
inline constexpr uint32_t slu = 1u << 6;  // set link up
inline constexpr uint32_t frcspd = 1u << 11;
inline constexpr uint32_t frcdplx = 1u << 12;
inline constexpr uint32_t fd = 1u << 0;
inline constexpr uint32_t lrst = 1u << 3;
inline constexpr uint32_t ilos = 1u << 7;
inline constexpr uint32_t speed_shift = 8; // 0 = 10, 1 = 100, 2 = 1000 Mb/s
inline constexpr uint32_t rst = 1u << 26;
inline constexpr uint32_t rfce = 1u << 27; // heed pause frames
inline constexpr uint32_t tfce = 1u << 28; // send them
inline constexpr uint32_t vme = 1u << 30;
inline constexpr uint32_t phy_rst = 1u << 31;
} // namespace ctrl

// STATUS, 13.4.2
namespace status {
inline constexpr uint32_t fd = 1u << 0;
inline constexpr uint32_t lu = 1u << 1;
inline constexpr uint32_t speed_shift = 6;
inline constexpr uint32_t speed_mask = 3;
} // namespace status

// EERD, 13.4.4
namespace eerd {
inline constexpr uint32_t start = 1u << 0;
inline constexpr uint32_t done = 1u << 4;
inline constexpr uint32_t addr_shift = 8;
inline constexpr uint32_t data_shift = 16;
// The 82574L has it otherwise: its datasheet, 10.2.2.4.
inline constexpr uint32_t done_82574 = 1u << 1;
inline constexpr uint32_t addr_shift_82574 = 2;
} // namespace eerd
inline constexpr unsigned eeprom_checksum_words = 64; // words 0..3f sum to 0xbaba (5.6.35)
inline constexpr uint16_t eeprom_checksum = 0xbaba;

inline constexpr unsigned internal_phy = 1; // the address of the chip's own PHY

// MDIC, 13.4.8
namespace mdic {
inline constexpr uint32_t reg_shift = 16;
inline constexpr uint32_t phy_shift = 21;
inline constexpr uint32_t op_write = 1u << 26;
inline constexpr uint32_t op_read = 2u << 26;
inline constexpr uint32_t ready = 1u << 28;
inline constexpr uint32_t error = 1u << 30;
} // namespace mdic

// Flow control (IEEE 802.3, annex 31B): 01:80:c2:00:00:01, type 0x8808
namespace flow {
inline constexpr uint32_t address_low = 0x00c28001;
inline constexpr uint32_t address_high = 0x0100;
inline constexpr uint32_t type = 0x8808;
inline constexpr uint32_t pause_time = 0xffff; // units of 512 bit times
inline constexpr uint32_t low_water = 0x4000;  // bytes of the receive FIFO
inline constexpr uint32_t high_water = 0x8000;
inline constexpr uint32_t send_xon = 1u << 31; // in FCRTL: end a pause with a frame
} // namespace flow

// Interrupt causes: ICR, IMS, IMC, 13.4.17
namespace cause {
inline constexpr uint32_t txdw = 1u << 0; // a descriptor with RS was written back
inline constexpr uint32_t lsc = 1u << 2;  // link status change
inline constexpr uint32_t rxseq = 1u << 3;
inline constexpr uint32_t rxdmt0 = 1u << 4; // receive descriptors low
inline constexpr uint32_t rxo = 1u << 6;    // receive overrun
inline constexpr uint32_t rxt0 = 1u << 7;   // receive timer: a packet is there
inline constexpr uint32_t all = ~0u;
} // namespace cause

// RCTL, 13.4.22
namespace rctl {
inline constexpr uint32_t en = 1u << 1;
inline constexpr uint32_t upe = 1u << 3; // unicast promiscuous
inline constexpr uint32_t mpe = 1u << 4; // multicast promiscuous
inline constexpr uint32_t lpe = 1u << 5; // packets longer than 1522 bytes
inline constexpr uint32_t bam = 1u << 15;
inline constexpr uint32_t bsize_2048 = 0u << 16;
inline constexpr uint32_t secrc = 1u << 26; // strip the Ethernet CRC
} // namespace rctl

// TCTL and TIPG, 13.4.33, 13.4.34
namespace tctl {
inline constexpr uint32_t en = 1u << 1;
inline constexpr uint32_t psp = 1u << 3; // pad short packets (with zeroes)
inline constexpr uint32_t ct_shift = 4;
inline constexpr uint32_t cold_shift = 12;
} // namespace tctl
inline constexpr uint32_t tipg_copper = 10u | (8u << 10) | (6u << 20);

// RXCSUM, 13.4.40
namespace rxcsum {
inline constexpr uint32_t ipofl = 1u << 8;
inline constexpr uint32_t tuofl = 1u << 9;
} // namespace rxcsum

inline constexpr uint32_t rah_valid = 1u << 31;

// Statistics registers, 13.7: offsets from 0x4000; reading clears. 64-bit ones need two reads.
namespace stat {
inline constexpr uint32_t crcerrs = 0x4000;
inline constexpr uint32_t algnerrc = 0x4004;
inline constexpr uint32_t rxerrc = 0x400c;
inline constexpr uint32_t mpc = 0x4010; // missed packets
inline constexpr uint32_t scc = 0x4014;
inline constexpr uint32_t ecol = 0x4018;
inline constexpr uint32_t mcc = 0x401c;
inline constexpr uint32_t latecol = 0x4020;
inline constexpr uint32_t colc = 0x4028;
inline constexpr uint32_t dc = 0x4030;
inline constexpr uint32_t tncrs = 0x4034; // transmit with no carrier
inline constexpr uint32_t rlec = 0x4040;
inline constexpr uint32_t gprc = 0x4074;
inline constexpr uint32_t bprc = 0x4078;
inline constexpr uint32_t mprc = 0x407c;
inline constexpr uint32_t gptc = 0x4080;
inline constexpr uint32_t gorcl = 0x4088;
inline constexpr uint32_t gorch = 0x408c;
inline constexpr uint32_t gotcl = 0x4090;
inline constexpr uint32_t gotch = 0x4094;
inline constexpr uint32_t rnbc = 0x40a0; // no receive buffer
inline constexpr uint32_t ruc = 0x40a4;  // undersize
inline constexpr uint32_t rfc = 0x40a8;  // fragments
inline constexpr uint32_t roc = 0x40ac;  // oversize
inline constexpr uint32_t rjc = 0x40b0;  // jabber
inline constexpr uint32_t mptc = 0x40f0;
inline constexpr uint32_t bptc = 0x40f4;
} // namespace stat

// Legacy receive descriptor, 3.2.3
struct RxDesc {
    uint64_t addr;
    uint16_t length;
    uint16_t checksum;
    uint8_t status;
    uint8_t errors;
    uint16_t special;
};
static_assert(sizeof(RxDesc) == 16);

namespace rxd {
inline constexpr uint8_t dd = 1u << 0;
inline constexpr uint8_t eop = 1u << 1;
inline constexpr uint8_t ixsm = 1u << 2; // ignore the checksum indication
inline constexpr uint8_t tcpcs = 1u << 5;
inline constexpr uint8_t ipcs = 1u << 6;
inline constexpr uint8_t err_ce = 1u << 0;
inline constexpr uint8_t err_se = 1u << 1;
inline constexpr uint8_t err_seq = 1u << 2;
inline constexpr uint8_t err_tcpe = 1u << 5;
inline constexpr uint8_t err_ipe = 1u << 6;
inline constexpr uint8_t err_rxe = 1u << 7;
inline constexpr uint8_t err_frame = err_ce | err_se | err_seq | err_rxe;
} // namespace rxd

// Legacy transmit descriptor, 3.3.3
struct TxDesc {
    uint64_t addr;
    uint16_t length;
    uint8_t cso;
    uint8_t cmd;
    uint8_t status;
    uint8_t css;
    uint16_t special;
};
static_assert(sizeof(TxDesc) == 16);

// Data descriptor, 3.3.7: the legacy one's place, with length, type and command in one word.
struct TxData {
    uint64_t addr;
    uint32_t length_type_command;
    uint8_t status;
    uint8_t options;
    uint16_t special;
};
static_assert(sizeof(TxData) == sizeof(TxDesc));

// Context descriptor, 3.3.6
struct TxContext {
    uint8_t ip_start;
    uint8_t ip_field;
    uint16_t ip_end;
    uint8_t transport_start;
    uint8_t transport_field;
    uint16_t transport_end;
    uint32_t length_type_command;
    uint8_t status;
    uint8_t header_length;
    uint16_t segment_size;
};
static_assert(sizeof(TxContext) == sizeof(TxDesc));

namespace txd {
inline constexpr uint8_t cmd_eop = 1u << 0;
inline constexpr uint8_t cmd_ifcs = 1u << 1;
inline constexpr uint8_t cmd_rs = 1u << 3;
inline constexpr uint8_t cmd_extended = 1u << 5; // DEXT: not a legacy descriptor
inline constexpr uint8_t status_dd = 1u << 0;
inline constexpr unsigned command_shift = 24;
inline constexpr uint32_t type_context = 0u << 20;
inline constexpr uint32_t type_data = 1u << 20;
inline constexpr uint8_t insert_ip = 1u << 0;
inline constexpr uint8_t insert_transport = 1u << 1;
} // namespace txd

// TUCMD, in the context descriptor's command
namespace txc {
inline constexpr uint32_t tcp = 1u << 24;
inline constexpr uint32_t ipv4 = 1u << 25;
} // namespace txc

// The ring length registers count in units of 128 bytes: eight descriptors (13.4.27).
inline constexpr unsigned ring_unit = 8;
inline constexpr unsigned ring_min = 16;
inline constexpr unsigned ring_max = 4096;

} // namespace e1000
