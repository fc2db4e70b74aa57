// SPDX-License-Identifier: Apache-2.0
// Path resolution: the documented table of prefixes, orders, flags, and links.
#include "proc/path_tree.hpp"

#include <abi/proc_msg.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/iomsg.h>

namespace {

constexpr int eok = 0, enoent = 2, eexist = 17, erofs = 30, eloop = 90; // QNX's numbers

class PathTreeTest : public testing::Test {
protected:
    uint32_t attach(const char* path, int pid, uint32_t flags = 0, uint32_t type = _FTYPE_ANY,
                    int expected = eok)
    {
        proc::PathEntry entry;
        entry.pid = pid;
        entry.chid = 1;
        entry.handle = static_cast<uint32_t>(pid) * 10;
        entry.flags = flags;
        entry.file_type = type;
        uint32_t id = 0;
        EXPECT_EQ(tree.attach(path, entry, id), expected) << path;
        return id;
    }
    // "pid:rest" of every candidate, in order.
    std::string resolve(const char* path, int from = 99, bool follow = true,
                        uint32_t type = _FTYPE_ANY)
    {
        proc::PathQuery query;
        query.pid = from;
        query.follow_last = follow;
        query.file_type = type;
        last = tree.resolve(path, query, found);
        std::string text;
        for (uint32_t i = 0; i < found.count; ++i) {
            const auto& one = found.candidates[i];
            std::string_view rest = proc::drop_front(found.path.view(), one.prefix_length);
            if (!rest.empty() && rest.front() == '/') {
                rest.remove_prefix(1);
            }
            text += (text.empty() ? "" : " ") + std::to_string(one.pid) + ":" + std::string(rest);
        }
        return text;
    }
    proc::PathTree tree;
    proc::PathResolution found;
    int last = 0;
};

TEST_F(PathTreeTest, LongestPrefixComesFirst)
{
    attach("/", 1, PATH_FLAG_DIR);
    attach("/nfs", 2, PATH_FLAG_DIR);
    attach("/nfs/deep", 3, PATH_FLAG_DIR);
    EXPECT_EQ(resolve("/nfs/deep/etc/passwd"),
              "3:etc/passwd 2:deep/etc/passwd 1:nfs/deep/etc/passwd");
    EXPECT_EQ(resolve("/nfs"), "2: 1:nfs");
    EXPECT_EQ(resolve("/"), "1:");
}

TEST_F(PathTreeTest, MatchIsByComponent)
{
    attach("/", 1, PATH_FLAG_DIR);
    attach("/dev/ser", 2);
    EXPECT_EQ(resolve("/dev/ser1"), "1:dev/ser1");
    EXPECT_EQ(resolve("/dev/ser"), "2: 1:dev/ser");
    EXPECT_EQ(resolve("/dev/ser/x"), "1:dev/ser/x"); // not a directory: exact match only
}

TEST_F(PathTreeTest, EqualPrefixesNewestFirstUnlessBeforeOrAfter)
{
    attach("/fs", 1, PATH_FLAG_DIR);
    attach("/fs", 2, PATH_FLAG_DIR);
    attach("/fs", 3, PATH_FLAG_DIR | PATH_FLAG_BEFORE);
    attach("/fs", 4, PATH_FLAG_DIR | PATH_FLAG_AFTER);
    attach("/fs", 5, PATH_FLAG_DIR);
    EXPECT_EQ(resolve("/fs/a"), "3:a 5:a 2:a 1:a 4:a");
}

TEST_F(PathTreeTest, OpaqueHidesShorterPrefixes)
{
    attach("/", 1, PATH_FLAG_DIR);
    attach("/x", 2, PATH_FLAG_DIR | PATH_FLAG_OPAQUE);
    EXPECT_EQ(resolve("/x/y"), "2:y");
}

TEST_F(PathTreeTest, OwnEntriesAreSkippedWithoutSelf)
{
    attach("/a", 7, PATH_FLAG_DIR);
    attach("/b", 7, PATH_FLAG_DIR | PATH_FLAG_SELF);
    EXPECT_EQ(resolve("/a/x", 7), "");
    EXPECT_EQ(last, enoent);
    EXPECT_EQ(resolve("/b/x", 7), "7:x");
}

TEST_F(PathTreeTest, ExclusiveInEitherOrder)
{
    attach("/one", 1, PATH_FLAG_EXCLUSIVE);
    attach("/one", 2, 0, _FTYPE_ANY, eexist);
    attach("/two", 1);
    attach("/two", 2, PATH_FLAG_EXCLUSIVE, _FTYPE_ANY, eexist);
    attach("/two/below", 2, PATH_FLAG_EXCLUSIVE);
}

TEST_F(PathTreeTest, FileTypes)
{
    attach("/n", 1, PATH_FLAG_FTYPEONLY, _FTYPE_NAME);
    EXPECT_EQ(resolve("/n"), "");
    EXPECT_EQ(resolve("/n", 99, true, _FTYPE_NAME), "1:");
}

TEST_F(PathTreeTest, MountReceiversHaveNoPath)
{
    attach("", 4, PATH_FLAG_FTYPEONLY, _FTYPE_MOUNT);
    attach("", 5, PATH_FLAG_FTYPEONLY | PATH_FLAG_DIR, _FTYPE_MOUNT);
    EXPECT_EQ(resolve("/anything", 99, true, _FTYPE_MOUNT), "5:anything 4:anything");
    EXPECT_EQ(resolve("/anything"), "");
}

TEST_F(PathTreeTest, LinksAreFollowedAlsoInTheMiddle)
{
    attach("/", 1, PATH_FLAG_DIR);
    EXPECT_EQ(tree.symlink("/proc/boot/libc.so", "/usr/lib/ld.so", true), eok);
    EXPECT_EQ(tree.symlink("../other", "/usr/lib/rel", false), eok);
    EXPECT_EQ(resolve("/usr/lib/ld.so"), "1:proc/boot/libc.so");
    EXPECT_EQ(resolve("/usr/lib/rel/x"), "1:usr/other/x");
    EXPECT_EQ(resolve("/usr/lib/ld.so", 99, false), "");
    EXPECT_TRUE(found.final_link);
    EXPECT_EQ(tree.unlink("/usr/lib/ld.so"), erofs);
    EXPECT_EQ(tree.unlink("/usr/lib/rel"), eok);
    EXPECT_EQ(tree.symlink("/x", "/usr/lib/ld.so", false), eexist);
}

TEST_F(PathTreeTest, LoopsEnd)
{
    EXPECT_EQ(tree.symlink("/b", "/a", false), eok);
    EXPECT_EQ(tree.symlink("/a", "/b", false), eok);
    resolve("/a/x");
    EXPECT_EQ(last, eloop);
}

TEST_F(PathTreeTest, DotsAreResolvedByText)
{
    attach("/", 1, PATH_FLAG_DIR);
    EXPECT_EQ(resolve("/a/./b/../../c//d"), "1:c/d");
    EXPECT_EQ(resolve("/../.."), "1:");
}

// chroot(): whatever a client sends, the path stays below its root.
TEST_F(PathTreeTest, NothingLeadsOutOfTheRoot)
{
    attach("/", 1, PATH_FLAG_DIR);
    EXPECT_EQ(tree.symlink("/etc", "/jail/absolute", false), eok);
    EXPECT_EQ(tree.symlink("../../../etc", "/jail/sub/relative", false), eok);
    EXPECT_EQ(tree.symlink("/elsewhere", "/jail", false),
              eok); // made after the chroot(): not followed
    proc::PathQuery query;
    query.pid = 99;
    query.root = "/jail";
    const auto inside = [&](const char* path) {
        EXPECT_EQ(tree.resolve(path, query, found), eok) << path;
        return std::string(found.path.view());
    };
    EXPECT_EQ(inside("/x"), "/jail/x");
    EXPECT_EQ(inside("/"), "/jail");
    EXPECT_EQ(inside("/../../x"), "/jail/x");
    EXPECT_EQ(inside("/sub/../../../x/."), "/jail/x");
    EXPECT_EQ(inside("/absolute/passwd"), "/jail/etc/passwd");
    EXPECT_EQ(inside("/sub/relative/passwd"), "/jail/etc/passwd");
    EXPECT_EQ(inside("/../jail/x"), "/jail/jail/x");
}

TEST_F(PathTreeTest, DeadProcessLeavesNothing)
{
    attach("/keep/me", 1);
    attach("/dev/x", 2);
    attach("/dev/y/z", 2);
    attach("", 2, PATH_FLAG_FTYPEONLY, _FTYPE_MOUNT);
    const uint32_t nodes = tree.node_count();
    EXPECT_EQ(tree.detach_process(2), 3u);
    EXPECT_EQ(tree.entry_count(), 1u);
    EXPECT_LT(tree.node_count(), nodes);
    EXPECT_EQ(tree.lookup("/dev"), nullptr);
    EXPECT_NE(tree.lookup("/keep/me"), nullptr);
}

TEST_F(PathTreeTest, DetachIsForTheOwnerOnly)
{
    const uint32_t id = attach("/dev/x", 2);
    EXPECT_EQ(tree.detach(id, 3), enoent);
    EXPECT_EQ(tree.detach(id, 2), eok);
    EXPECT_EQ(tree.detach(id, 2), enoent);
}

TEST_F(PathTreeTest, TooLongIsRefused)
{
    const std::string path = "/" + std::string(1100, 'x');
    resolve(path.c_str());
    EXPECT_EQ(last, 78); // ENAMETOOLONG
}

} // namespace
