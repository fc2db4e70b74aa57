// SPDX-License-Identifier: Apache-2.0
// Host test of the split virtqueue against a device that plays by (and once against) the rules of VIRTIO 1.1, 2.6.
#include "virtqueue.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace virtio {
namespace {

constexpr uint16_t queue_size = 8;

// The device's side of the same memory.
class Device {
public:
    explicit Device(Virtqueue& queue) : memory_(Virtqueue::bytes_for(queue_size))
    {
        queue.init(queue_size, memory_.data(), reinterpret_cast<uint64_t>(memory_.data()));
        desc = reinterpret_cast<Desc*>(queue.desc_paddr());
        avail = reinterpret_cast<Avail*>(queue.driver_paddr());
        used = reinterpret_cast<Used*>(queue.device_paddr());
    }
    bool pop(uint16_t& head)
    {
        if (avail->idx == seen_)
            return false;
        head = avail->ring[seen_++ % queue_size];
        return true;
    }
    void complete(uint32_t id, uint32_t len)
    {
        used->ring[used->idx % queue_size] = {id, len};
        used->idx++;
    }
    Desc* desc;
    Avail* avail;
    Used* used;

private:
    std::vector<uint8_t> memory_;
    uint16_t seen_ = 0;
};

TEST(Virtqueue, ChainReachesDeviceInOrderAndComesBack)
{
    Virtqueue q;
    Device device(q);
    Segment segments[] = {{0x1000, 12}, {0x2000, 100}, {0x3000, 7}};
    int head = q.add(segments, 3, 2);
    ASSERT_GE(head, 0);
    EXPECT_EQ(q.free_descriptors(), queue_size - 3);
    uint16_t at;
    EXPECT_FALSE(device.pop(at)) << "visible before publish";
    EXPECT_TRUE(q.publish());
    ASSERT_TRUE(device.pop(at));
    EXPECT_EQ(at, head);
    EXPECT_EQ(device.desc[at].addr, 0x1000u);
    EXPECT_EQ(device.desc[at].flags, desc_next);
    at = device.desc[at].next;
    EXPECT_EQ(device.desc[at].len, 100u);
    at = device.desc[at].next;
    EXPECT_EQ(device.desc[at].flags, desc_write)
        << "third segment is the device's to write, and the last";
    device.complete(static_cast<uint32_t>(head), 55);
    uint16_t done;
    uint32_t len;
    ASSERT_TRUE(q.take(done, len));
    EXPECT_EQ(done, head);
    EXPECT_EQ(len, 55u);
    EXPECT_EQ(q.free_descriptors(), queue_size);
    EXPECT_FALSE(q.take(done, len));
}

TEST(Virtqueue, FullQueueRefusesAndRecovers)
{
    Virtqueue q;
    Device device(q);
    Segment one = {0x1000, 60};
    for (int i = 0; i < queue_size; i++)
        EXPECT_GE(q.add(&one, 1, 1), 0);
    EXPECT_EQ(q.add(&one, 1, 1), -1);
    q.publish();
    uint16_t head;
    ASSERT_TRUE(device.pop(head));
    device.complete(head, 0);
    uint16_t done;
    uint32_t len;
    ASSERT_TRUE(q.take(done, len));
    EXPECT_EQ(q.add(&one, 1, 1), done);
}

TEST(Virtqueue, IndicesWrapAround)
{
    Virtqueue q;
    Device device(q);
    Segment two[] = {{0x1000, 12}, {0x2000, 60}};
    for (int i = 0; i < 70000; i++) {
        int head = q.add(two, 2, 2);
        ASSERT_GE(head, 0);
        q.publish();
        uint16_t at;
        ASSERT_TRUE(device.pop(at));
        device.complete(at, 0);
        uint16_t done;
        uint32_t len;
        ASSERT_TRUE(q.take(done, len));
        ASSERT_EQ(done, head);
    }
    EXPECT_EQ(q.bad_completions(), 0u);
}

TEST(Virtqueue, CompletionsThatWereNeverAskedForAreCounted)
{
    Virtqueue q;
    Device device(q);
    Segment one = {0x1000, 60};
    int head = q.add(&one, 1, 1);
    q.publish();
    device.complete(5000, 0);                            // no such descriptor
    device.complete(static_cast<uint32_t>(head) + 1, 0); // not in flight
    device.complete(static_cast<uint32_t>(head), 0);
    uint16_t done;
    uint32_t len;
    ASSERT_TRUE(q.take(done, len));
    EXPECT_EQ(done, head);
    EXPECT_EQ(q.bad_completions(), 2u);
    EXPECT_EQ(q.free_descriptors(), queue_size);
}

TEST(Virtqueue, InterruptSwitchSeesWhatCameMeanwhile)
{
    Virtqueue q;
    Device device(q);
    Segment one = {0x1000, 60};
    int head = q.add(&one, 1, 1);
    q.publish();
    q.disable_interrupts();
    EXPECT_EQ(device.avail->flags, avail_no_interrupt);
    EXPECT_FALSE(q.enable_interrupts());
    device.complete(static_cast<uint32_t>(head), 0);
    EXPECT_TRUE(q.enable_interrupts());
    device.used->flags = used_no_notify;
    EXPECT_FALSE(q.publish());
}

} // namespace
} // namespace virtio
