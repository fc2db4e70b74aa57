// SPDX-License-Identifier: Apache-2.0
// The control queue: which frames the device passes on, and its address (VIRTIO 1.1, 5.1.6.5). Stack context.
#include <errno.h>
#include <string.h>
#include <sys/io-pkt.h>

#include "virtio_net.hpp"

namespace virtio {

namespace {

constexpr unsigned poll_us = 10;
constexpr unsigned polls = 10000;
constexpr unsigned most_groups = 32; // more: all of them

// One command in DMA memory: class, command, data, and the byte the device answers in.
struct Command {
    uint8_t group;
    uint8_t command;
    uint8_t data[2 * sizeof(uint32_t) + most_groups * ETHER_ADDR_LEN];
    uint8_t ack;
};

int send(Softc& sc, uint8_t group, uint8_t command, const void* data, uint32_t size)
{
    auto* c = static_cast<volatile Command*>(sc.control_command.vaddr);
    auto* plain = static_cast<Command*>(sc.control_command.vaddr);
    c->group = group;
    c->command = command;
    memcpy(plain->data, data, size);
    c->ack = ctrl::error;
    const Segment segments[] = {
        {sc.control_command.paddr, static_cast<uint32_t>(offsetof(Command, data)) + size},
        {sc.control_command.paddr + offsetof(Command, ack), 1},
    };
    if (sc.control.queue.add(segments, 2, 1) < 0)
        return EBUSY; // an earlier one was never answered
    sc.control.queue.publish();
    sc.transport.notify(queue_control);
    uint16_t head;
    uint32_t len;
    for (unsigned i = 0; i < polls; i++) {
        if (sc.control.queue.take(head, len))
            return c->ack == ctrl::ok ? 0 : EIO;
        delay(poll_us);
    }
    return ETIMEDOUT;
}

int send_switch(Softc& sc, uint8_t command, bool on)
{
    const uint8_t value = on ? 1 : 0;
    return send(sc, ctrl::receive, command, &value, sizeof value);
}

// The list of groups as MAC_TABLE_SET takes it: no station addresses, then the groups. False: too many, or a range.
bool list_groups(Softc& sc, uint8_t* table, uint32_t& size)
{
    uint32_t count = 0;
    ether_multistep step;
    ether_multi* enm;
    ETHER_FIRST_MULTI(step, &sc.sc_ec, enm);
    while (enm != nullptr) {
        if (count == most_groups || memcmp(enm->enm_addrlo, enm->enm_addrhi, ETHER_ADDR_LEN) != 0)
            return false;
        memcpy(table + 8 + count * ETHER_ADDR_LEN, enm->enm_addrlo, ETHER_ADDR_LEN);
        count++;
        ETHER_NEXT_MULTI(step, enm);
    }
    memset(table, 0, sizeof(uint32_t));
    memcpy(table + 4, &count, sizeof count); // little-endian, as the machine
    size = 8 + count * ETHER_ADDR_LEN;
    return true;
}

int send_filter(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    uint8_t table[sizeof Command::data] = {};
    uint32_t size = 8; // both lists empty
    const bool promiscuous = (ifp.if_flags & IFF_PROMISC) != 0;
    const bool every_group = promiscuous || (sc.options.multicast && !list_groups(sc, table, size));
    if (every_group) {
        memset(table, 0, sizeof table);
        size = 8;
        ifp.if_flags |= IFF_ALLMULTI;
    } else {
        ifp.if_flags &= ~IFF_ALLMULTI;
    }
    if (int err = send(sc, ctrl::mac, ctrl::table_set, table, size))
        return err;
    if (int err = send_switch(sc, ctrl::all_multicast, every_group))
        return err;
    return send_switch(sc, ctrl::promiscuous, promiscuous);
}

} // namespace

uint32_t control_bytes()
{
    return sizeof(Command);
}

void set_address(Softc& sc)
{
    if (!sc.transport.has(feature::net_ctrl_mac_addr))
        return;
    if (int err = send(sc, ctrl::mac, ctrl::address_set, CLLADDR(sc.ifp().if_sadl), ETHER_ADDR_LEN))
        log(LOG_ERR, "%s: station address: %s", sc.sc_dev.dv_xname, strerror(err));
}

void set_filter(Softc& sc)
{
    if (!sc.transport.has(feature::net_ctrl_rx)) // every frame comes up; ether_input sorts them
        return;
    if (int err = send_filter(sc))
        log(LOG_ERR, "%s: receive filter: %s", sc.sc_dev.dv_xname, strerror(err));
}

} // namespace virtio
