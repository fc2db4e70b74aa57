// SPDX-License-Identifier: Apache-2.0
// procmgr_ability(): every guarded call refused and allowed, and the rules of the sets themselves.
#include "ability_test.hpp"

#include "tap.hpp"

#include <abi/usage.h>

#include <devctl.h>
#include <fcntl.h>
#include <initializer_list>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - ability test\n"
          "%C\n");

namespace {

constexpr unsigned root = PROCMGR_ADN_ROOT, nonroot = PROCMGR_ADN_NONROOT,
                   allow = PROCMGR_AOP_ALLOW, deny = PROCMGR_AOP_DENY, lock = PROCMGR_AOP_LOCK,
                   subrange = PROCMGR_AOP_SUBRANGE, inherit = PROCMGR_AOP_INHERIT_YES;

pid_t sleeper;

const GuardedCall& guarded_call(int row)
{
    const auto i = static_cast<unsigned>(row);
    return i < guarded_call_count ? guarded_calls[i] : guarded_objects[i - guarded_call_count];
}

pid_t start(std::initializer_list<const char*> words, const inheritance& how = {})
{
    char* argv[8] = {const_cast<char*>(ability_test_path)};
    size_t n = 1;
    for (const char* word : words)
        argv[n++] = const_cast<char*>(word);
    return spawn(ability_test_path, 0, nullptr, &how, argv, nullptr);
}

/// The exit status of a role; 255 when it was killed.
int run(std::initializer_list<const char*> words)
{
    int status = 0;
    const pid_t pid = start(words);
    if (pid == -1 || waitpid(pid, &status, 0) != pid)
        return 254;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

pid_t start_sleeper(uid_t uid)
{
    inheritance how{};
    how.flags = SPAWN_SETCRED;
    how.uid = uid;
    return start({"sleep"}, how);
}

/// How often this process was refused for it, or -1.
int denials(unsigned ability)
{
    procfs_ability info{};
    info.id = ability;
    const int fd = open("/proc/self/ctl", O_RDONLY);
    const int error = devctl(fd, DCMD_PROC_ABILITY, &info, sizeof info, nullptr);
    close(fd);
    return error == EOK && info.id == ability ? static_cast<int>(info.denied) : -1;
}

int become(uid_t uid)
{
    return setuid(uid);
}

// Roles: children of this program.

int role_deny(char** argv)
{
    const GuardedCall& row = guarded_call(atoi(argv[2]));
    if (procmgr_ability(0, root | deny | PROCMGR_AID_INTERRUPT, root | deny | row.ability,
                        PROCMGR_AID_EOL) != EOK)
        return 2;
    const int result = row.call();
    if (result != EPERM) {
        printf("# %s: denied, but the result was %d\n", row.name, result);
        return 1;
    }
    if (denials(row.ability) < 1) {
        printf("# %s: the denial was not counted\n", row.name);
        return 3;
    }
    return 0;
}

int role_allow(char** argv)
{
    const GuardedCall& row = guarded_call(atoi(argv[2]));
    if (procmgr_ability(0, nonroot | allow | row.ability, PROCMGR_AID_EOL) != EOK ||
        setgid(plain_user) != 0 || become(plain_user) != 0)
        return 2;
    const int result = row.call();
    if (result != EOK) {
        printf("# %s: allowed, but the result was %d\n", row.name, result);
        return 1;
    }
    return 0;
}

int role_sleep(char**)
{
    signal(SIGUSR1, SIG_IGN);
    for (;;)
        sleep(10);
}

int role_nothing(char**)
{
    return 0;
}

/// The digit says what is expected of kill(the sleeper, SIGUSR1).
int role_kill(char** argv)
{
    const int result = kill(sleeper, SIGUSR1) == 0 ? EOK : errno;
    return result == (argv[2][0] == '1' ? EOK : EPERM) ? 0 : 1;
}

// A user may be given the signals 16..17 and 23, no others, and cannot get more.
int role_ranges(char**)
{
    if (procmgr_ability(0, nonroot | allow | subrange | PROCMGR_AID_SIGNAL, uint64_t{SIGUSR1},
                        uint64_t{SIGUSR2}, nonroot | allow | subrange | lock | PROCMGR_AID_SIGNAL,
                        uint64_t{0}, uint64_t{0}, PROCMGR_AID_EOL) != EOK ||
        become(plain_user) != 0)
        return 2;
    const pid_t pid = sleeper;
    if (kill(pid, 0) != 0 || kill(pid, SIGUSR1) != 0)
        return 3;
    if (kill(pid, SIGTERM) != -1 || errno != EPERM)
        return 4;
    return procmgr_ability(0, nonroot | allow | PROCMGR_AID_SIGNAL, PROCMGR_AID_EOL) == EPERM ? 0
                                                                                              : 5;
}

// The idiom: keep what is needed, deny and lock the rest, become somebody else.
int role_drop(char**)
{
    if (procmgr_ability(0, nonroot | allow | PROCMGR_AID_SIGNAL,
                        root | nonroot | deny | lock | PROCMGR_AID_EOL) != EOK)
        return 2;
    if (kill(sleeper, SIGUSR1) != -1 || errno != EPERM) // still root, and root lost it
        return 3;
    if (setuid(plain_user) != -1 || errno != EPERM) // SETUID was denied, too
        return 4;
    return procmgr_ability(0, root | allow | PROCMGR_AID_SETUID, PROCMGR_AID_EOL) == EPERM ? 0 : 5;
}

// The domain follows the effective user id.
int role_domain(char**)
{
    if (procmgr_ability(0, root | deny | PROCMGR_AID_SIGNAL, nonroot | allow | PROCMGR_AID_SIGNAL,
                        PROCMGR_AID_EOL) != EOK)
        return 2;
    if (kill(sleeper, SIGUSR1) != -1 || errno != EPERM)
        return 3;
    if (seteuid(plain_user) != 0 || kill(sleeper, SIGUSR1) != 0)
        return 4;
    return seteuid(0) == 0 && kill(sleeper, SIGUSR1) == -1 && errno == EPERM ? 0 : 5;
}

int role_inherit(char** argv)
{
    const unsigned how = argv[2][0] == 'y' ? inherit : 0;
    if (procmgr_ability(0, nonroot | allow | how | PROCMGR_AID_SIGNAL, PROCMGR_AID_EOL) != EOK ||
        become(plain_user) != 0)
        return 2;
    const pid_t copy = fork(); // a copy has everything
    if (copy == 0)
        _exit(kill(sleeper, SIGUSR1) == 0 ? 0 : 1);
    int status = -1;
    if (waitpid(copy, &status, 0) != copy || status != 0)
        return 5;
    char pid[16];
    snprintf(pid, sizeof pid, "%d", sleeper);
    const char* expected = how ? "1" : "0";
    if (run({"kill", expected, pid}) != 0)
        return 3;
    char* next[] = {const_cast<char*>(ability_test_path), const_cast<char*>("kill"),
                    const_cast<char*>(expected), pid, nullptr};
    execv(ability_test_path, next);
    return 4;
}

// As a server: who has ability argv[2] by ConnectClientInfoAble(-1)?
int role_able(char** argv)
{
    const int id = procmgr_ability_lookup(argv[2]);
    if (become(plain_user) != 0)
        return 2;
    _client_able wanted{static_cast<unsigned>(id), 0, 5, 5};
    _client_info* info = nullptr;
    if (ConnectClientInfoAble(-1, &info, 0, &wanted, 1) != 0)
        return 3;
    const bool unable = info->flags & _NTO_CI_UNABLE;
    ClientInfoExtFree(&info);
    return unable ? 10 : 11;
}

struct Role {
    const char* name;
    int (*run)(char** argv);
};
const Role roles[] = {{"deny", role_deny},      {"allow", role_allow},     {"sleep", role_sleep},
                      {"kill", role_kill},      {"ranges", role_ranges},   {"drop", role_drop},
                      {"domain", role_domain},  {"inherit", role_inherit}, {"able", role_able},
                      {"nothing", role_nothing}};

bool role_succeeds(const char* role, const char* argument = "-")
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", sleeper);
    const int status = run({role, argument, pid});
    if (status != 0)
        printf("# role %s: %d\n", role, status);
    return status == 0;
}

// Tests.

bool each_call_is_guarded()
{
    bool good = true;
    for (unsigned i = 0; i < guarded_call_count + guarded_object_count; ++i) {
        char row[12];
        snprintf(row, sizeof row, "%u", i);
        const bool denied = role_succeeds("deny", row), allowed = role_succeeds("allow", row);
        printf("# %s %s\n", guarded_call(static_cast<int>(i)).name,
               denied && allowed ? "guarded" : "WRONG");
        good = good && denied && allowed;
    }
    return good;
}

bool ranges_add_up()
{
    return role_succeeds("ranges");
}

bool rest_is_denied_and_locked()
{
    return role_succeeds("drop");
}

bool domain_follows_user()
{
    return role_succeeds("domain");
}

bool inheritance_is_asked_for()
{
    return role_succeeds("inherit", "yes") && role_succeeds("inherit", "no");
}

bool lists_are_checked()
{
    CHECK(procmgr_ability(0, deny | PROCMGR_AID_TRACE, PROCMGR_AID_EOL) == EINVAL); // no domain
    CHECK(procmgr_ability(0, root | deny | allow | PROCMGR_AID_TRACE, PROCMGR_AID_EOL) == EINVAL);
    CHECK(procmgr_ability(0, root | deny | 0xfff0u, PROCMGR_AID_EOL) == EINVAL);
    CHECK(procmgr_ability(0, root | allow | subrange | PROCMGR_AID_TRACE, uint64_t{2}, uint64_t{1},
                          PROCMGR_AID_EOL) == EINVAL);
    CHECK(procmgr_ability(1, root | deny | PROCMGR_AID_TRACE, PROCMGR_AID_EOL) == EPERM);
    CHECK(procmgr_ability(0x7ffffff0, root | deny | PROCMGR_AID_TRACE, PROCMGR_AID_EOL) == ESRCH);
    return procmgr_ability(0, PROCMGR_AID_EOL) == EOK;
}

bool custom_abilities()
{
    char name[300];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    const int id = procmgr_ability_create("ability-test/server", PROCMGR_ADN_ROOT);
    CHECK(id >= PROCMGR_AID_STATIC_END);
    CHECK(procmgr_ability_lookup("ability-test/server") == id);
    CHECK(procmgr_ability_create("ability-test/server", PROCMGR_ADN_NONROOT) == -EEXIST);
    CHECK(procmgr_ability_create(name, 0) == -ENAMETOOLONG);
    CHECK(run({"able", "ability-test/server"}) == 10);
    _client_able wanted{static_cast<unsigned>(id), 0, 0, 0};
    _client_info* info = nullptr;
    CHECK(ConnectClientInfoAble(-1, &info, 0, &wanted, 1) == 0);
    CHECK((info->flags & _NTO_CI_UNABLE) == 0);
    CHECK(ClientInfoExtFree(&info) == 0);
    CHECK(procmgr_ability_create("ability-test/public", PROCMGR_ADN_NONROOT) > 0);
    CHECK(run({"able", "ability-test/public"}) == 11);
    CHECK(ConnectClientInfoAble(-1, &info, 0, &wanted, 101) == -1 && errno == EINVAL);
    return ConnectClientInfoAble(77, &info, 0, &wanted, 1) == -1 && errno == EINVAL;
}

const TapTest tests[] = {
    {"ABLE-0001 each guarded call is refused and allowed", each_call_is_guarded},
    {"ABLE-0002 subranges add up and are locked", ranges_add_up},
    {"ABLE-0003 the rest is denied and locked by the end of the list", rest_is_denied_and_locked},
    {"ABLE-0004 the domain follows the effective user", domain_follows_user},
    {"ABLE-0005 spawn and exec pass on what is marked", inheritance_is_asked_for},
    {"ABLE-0006 broken lists are refused", lists_are_checked},
    {"ABLE-0007 custom abilities and what a server asks", custom_abilities},
};

} // namespace

int other_process()
{
    return sleeper;
}

int main(int argc, char** argv)
{
    sleeper = argc > 3 ? atoi(argv[3]) : 0;
    for (const Role& role : roles) {
        if (argc > 1 && strcmp(argv[1], role.name) == 0)
            return role.run(argv);
    }
    sleeper = start_sleeper(1001);
    const int object = open("/dev/shmem/ability-test-object", O_RDWR | O_CREAT, 0666);
    fchmod(object, 0666);
    const int status = sleeper > 0 ? run_tests(tests) : 1;
    kill(sleeper, SIGKILL);
    waitpid(sleeper, nullptr, 0);
    close(object);
    unlink("/dev/shmem/ability-test-object");
    return status;
}
