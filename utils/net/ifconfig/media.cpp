// SPDX-License-Identifier: Apache-2.0
// Media words of Ethernet as text.
#include <net/if_media.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig.hpp"

namespace {

struct Word {
    int value;
    const char* name;
};
constexpr Word subtypes[] = {
    {IFM_AUTO, "autoselect"},    {IFM_MANUAL, "manual"},      {IFM_NONE, "none"},
    {IFM_10_T, "10baseT"},       {IFM_10_2, "10base2"},       {IFM_10_5, "10base5"},
    {IFM_100_TX, "100baseTX"},   {IFM_100_FX, "100baseFX"},   {IFM_1000_SX, "1000baseSX"},
    {IFM_1000_LX, "1000baseLX"}, {IFM_1000_CX, "1000baseCX"}, {IFM_1000_T, "1000baseT"},
    {IFM_10G_LR, "10GbaseLR"},
};
constexpr Word media_options[] = {
    {IFM_FDX, "full-duplex"}, {IFM_HDX, "half-duplex"}, {IFM_FLOW, "flowcontrol"},
    {IFM_FLAG0, "flag0"},     {IFM_FLAG1, "flag1"},     {IFM_LOOP, "loopback"},
};
constexpr int max_words = 64;

const char* subtype_name(int word)
{
    for (const Word& each : subtypes) {
        if (each.value == static_cast<int>(IFM_SUBTYPE(word)))
            return each.name;
    }
    return "<unknown>";
}

void print_options(int word, const char* before, const char* between)
{
    const char* lead = before;
    for (const Word& each : media_options) {
        if ((word & each.value) == 0)
            continue;
        printf("%s%s", lead, each.name);
        lead = between;
    }
}

} // namespace

int media_subtype(const char* text)
{
    for (const Word& each : subtypes) {
        if (strcmp(each.name, text) == 0)
            return each.value;
    }
    return strcmp(text, "auto") == 0 ? IFM_AUTO : -1;
}

int media_option(const char* text)
{
    for (const Word& each : media_options) {
        if (strcmp(each.name, text) == 0)
            return each.value;
    }
    return strcmp(text, "fdx") == 0 ? IFM_FDX : strcmp(text, "hdx") == 0 ? IFM_HDX : -1;
}

struct ifmediareq media_of(const char* interface)
{
    struct ifmediareq request = {};
    strncpy(request.ifm_name, interface, IFNAMSIZ - 1);
    if (ask(SIOCGIFMEDIA, &request) == -1)
        return {};
    return request;
}

bool has_carrier(const char* interface)
{
    struct ifmediareq media = media_of(interface);
    bool known = media.ifm_name[0] != '\0' && (media.ifm_status & IFM_AVALID) != 0;
    return !known || (media.ifm_status & IFM_ACTIVE) != 0;
}

void print_media(const char* interface)
{
    struct ifmediareq media = media_of(interface);
    if (media.ifm_name[0] == '\0')
        return;
    printf("\tmedia: Ethernet %s", subtype_name(media.ifm_current));
    print_options(media.ifm_current, " ", ",");
    if (media.ifm_active != media.ifm_current && IFM_SUBTYPE(media.ifm_active) != IFM_NONE) {
        printf(" (%s", subtype_name(media.ifm_active));
        print_options(media.ifm_active, " ", ",");
        putchar(')');
    }
    putchar('\n');
    if ((media.ifm_status & IFM_AVALID) != 0)
        printf("\tstatus: %s\n", (media.ifm_status & IFM_ACTIVE) != 0 ? "active" : "no carrier");
}

void print_supported_media(const char* interface)
{
    int words[max_words];
    struct ifmediareq media = {};
    strncpy(media.ifm_name, interface, IFNAMSIZ - 1);
    media.ifm_count = max_words;
    media.ifm_ulist = words;
    if (ask(SIOCGIFMEDIA, &media) == -1 || media.ifm_count == 0)
        return;
    printf("\tsupported Ethernet media:\n");
    for (int i = 0; i < media.ifm_count && i < max_words; ++i) {
        printf("\t\tmedia %s", subtype_name(words[i]));
        print_options(words[i], " mediaopt ", ",");
        putchar('\n');
    }
}
