// SPDX-License-Identifier: Apache-2.0
// The PHY library on a PHY of arrays.
#include <gtest/gtest.h>

#include <netdrvr/mdi.h>

namespace {

struct FakePhy {
    uint16_t registers[32] = {};
    unsigned link_calls = 0;
    int told = -1;

    static uint16_t read(void* arg, uint8_t phy, uint8_t reg)
    {
        return phy == 1 ? static_cast<FakePhy*>(arg)->registers[reg] : uint16_t{0xffff};
    }
    static void write(void* arg, uint8_t phy, uint8_t reg, uint16_t value)
    {
        if (phy == 1) // a reset is over at once
            static_cast<FakePhy*>(arg)->registers[reg] =
                reg == MDI_BMCR ? value & static_cast<uint16_t>(~BMCR_RESET) : value;
    }
    static void changed(void* arg, uint8_t, uint8_t state)
    {
        static_cast<FakePhy*>(arg)->link_calls++;
        static_cast<FakePhy*>(arg)->told = state;
    }
};

class MdiTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        phy.registers[MDI_PHYID_1] = 0x0141;
        phy.registers[MDI_BMSR] = BMSR_LINK_STATUS | BMSR_EXTENDED_STATUS | BMSR_AN_COMPLETE;
        ASSERT_EQ(MDI_Register_Extended(&phy, FakePhy::write, FakePhy::read, FakePhy::changed, &mdi,
                                        nullptr, 0, 0),
                  MDI_SUCCESS);
        ASSERT_EQ(MDI_InitPhy(mdi, 1), MDI_SUCCESS);
    }
    void TearDown() override
    {
        MDI_DeRegister(&mdi);
        EXPECT_EQ(mdi, nullptr);
    }

    FakePhy phy;
    mdi_t* mdi = nullptr;
};

} // namespace

TEST_F(MdiTest, FindsOnlyWhatAnswers)
{
    EXPECT_EQ(MDI_FindPhy(mdi, 1), MDI_SUCCESS);
    EXPECT_EQ(MDI_FindPhy(mdi, 2), MDI_BADPHY);
    EXPECT_EQ(MDI_FindPhy(mdi, 32), MDI_BADPHY);
    EXPECT_EQ(MDI_FindPhy(mdi, -1), MDI_BADPHY);
    EXPECT_EQ(MDI_ResetPhy(mdi, 1, WaitBusy), MDI_SUCCESS);
}

TEST_F(MdiTest, ActiveMediaIsTheBestBothOffer)
{
    int media = 0;
    ASSERT_EQ(MDI_SetAdvert(mdi, 1, MDI_100bTFD | MDI_100bT | MDI_1000bTFD), MDI_SUCCESS);
    ASSERT_EQ(MDI_AutoNegotiate(mdi, 1, 1), MDI_SUCCESS);
    EXPECT_EQ(phy.registers[MDI_ANAR], 0x0181);
    EXPECT_EQ(phy.registers[MDI_MSCR], 0x0200);
    phy.registers[MDI_ANLPAR] = 0x01e1;
    EXPECT_EQ(MDI_GetActiveMedia(mdi, 1, &media), MDI_LINK_UP);
    EXPECT_EQ(media, MDI_100bTFD);
    phy.registers[MDI_MSSR] = 0x0800;
    EXPECT_EQ(MDI_GetActiveMedia(mdi, 1, &media), MDI_LINK_UP);
    EXPECT_EQ(media, MDI_1000bTFD);
    ASSERT_EQ(MDI_SetSpeedDuplex(mdi, 1, 10, 0), MDI_SUCCESS);
    EXPECT_EQ(MDI_GetActiveMedia(mdi, 1, &media), MDI_LINK_UP);
    EXPECT_EQ(media, MDI_10bT);
    phy.registers[MDI_BMSR] = 0;
    EXPECT_EQ(MDI_GetActiveMedia(mdi, 1, &media), MDI_LINK_DOWN);
}

TEST_F(MdiTest, MonitorTellsChangesOnce)
{
    MDI_MonitorPhy(mdi);
    EXPECT_EQ(phy.link_calls, 0u);
    MDI_EnableMonitor(mdi, 0);
    MDI_MonitorPhy(mdi);
    MDI_MonitorPhy(mdi);
    EXPECT_EQ(phy.link_calls, 1u);
    EXPECT_EQ(phy.told, MDI_LINK_UP);
    phy.registers[MDI_BMSR] = 0;
    MDI_MonitorPhy(mdi);
    EXPECT_EQ(phy.told, MDI_LINK_DOWN);
    EXPECT_EQ(MDI_PowerdownPhy(mdi, 1), MDI_SUCCESS);
    EXPECT_NE(phy.registers[MDI_BMCR] & BMCR_POWERDOWN, 0);
    EXPECT_EQ(MDI_PowerupPhy(mdi, 1), MDI_SUCCESS);
    EXPECT_EQ(phy.registers[MDI_BMCR] & BMCR_POWERDOWN, 0);
}
