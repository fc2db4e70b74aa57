// SPDX-License-Identifier: Apache-2.0
// io-pkt's command line: wrong ones, written by hand and generated from the manual's table of options. Each must end with status 1
// and one message that names the fault; none may hang or leave anything started.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace {

constexpr int limit_ms = 10000;
unsigned lines;
unsigned bad;

using Words = std::vector<std::string>;

struct Outcome {
    int status = -1; // as waitpid() has it; -1: it had to be killed
    std::string message;
};

std::string read_all(int fd, bool& in_time)
{
    std::string text;
    in_time = false;
    for (;;) {
        pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, limit_ms) != 1)
            return text;
        char buffer[512];
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0) {
            in_time = true;
            return text;
        }
        text.append(buffer, static_cast<size_t>(n));
    }
}

Outcome run(const char* program, const Words& words)
{
    Outcome out;
    std::vector<char*> argv = {const_cast<char*>(program)};
    for (const std::string& word : words)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    if (pipe(ends) == -1)
        return out;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t pid = -1;
    const int err = posix_spawnp(&pid, program, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (err == 0) {
        bool in_time;
        out.message = read_all(ends[0], in_time);
        if (!in_time)
            kill(pid, SIGKILL);
        int status = 0;
        if (waitpid(pid, &status, 0) == pid && in_time)
            out.status = status;
    }
    close(ends[0]);
    return out;
}

const char* io_pkt = "io-pkt-v4-hc";

void refuse(const Words& words, const char* named, const char* also = "")
{
    lines++;
    const Outcome o = run(io_pkt, words);
    const bool good =
        o.status != -1 && WIFEXITED(o.status) && WEXITSTATUS(o.status) == 1 &&
        o.message.find(named) != std::string::npos && o.message.find(also) != std::string::npos &&
        o.message.compare(0, strlen(io_pkt), io_pkt) == 0 &&
        o.message.find('\n') == o.message.size() - 1 && access("/dev/socket", F_OK) == -1;
    if (good)
        return;
    bad++;
    printf("not refused as it should be:");
    for (const std::string& word : words)
        printf(" '%s'", word.c_str());
    printf("\n  wanted '%s' '%s', status %x, got: %s\n", named, also,
           static_cast<unsigned>(o.status), o.message.c_str());
}

struct NumberOption {
    const char* name;
    long minimum;
    long maximum; // 0: no limit in the manual
};

// The manual's limits (priorities and counts without one: the system's).
constexpr NumberOption tcpip_numbers[] = {{"mbuf_cache", 0, 65536},
                                          {"mtag_cache", 0, 65536},
                                          {"mclbytes", 2048, 65536},
                                          {"num_pool_cache", 1, 20},
                                          {"num_tap_interface", 0, 256},
                                          {"num_tun_control_interface", 0, 256},
                                          {"pagesize", 4096, 16 * 1024 * 1024},
                                          {"pkt_cache", 0, 65536},
                                          {"recv_ctxt", 2048, 0},
                                          {"reply_ctxt", 32, 0},
                                          {"rx_prio", 1, 255},
                                          {"rx_pulse_prio", 1, 255},
                                          {"timer_pulse_prio", 1, 255},
                                          {"somaxconn", 128, 0},
                                          {"stacksize", 4096, 0},
                                          {"threads_incr", 1, 0},
                                          {"threads_max", 4, 0},
                                          {"threads_min", 4, 0},
                                          {"fastforward", 0, 1},
                                          {"ipid_reserved", 2, 32768}};

constexpr NumberOption letter_numbers[] = {{"-i", 0, 255}, {"-P", 1, 255}, {"-q", 1, 5},
                                           {"-r", 1, 255}, {"-t", 1, 64},  {"-w", 1, 5}};

std::vector<std::string> wrong_numbers(const NumberOption& o)
{
    std::vector<std::string> values = {"x", "1x", "99999999999999999999",
                                       std::to_string(o.minimum - 1)};
    if (o.maximum != 0)
        values.push_back(std::to_string(o.maximum + 1));
    return values;
}

void generated()
{
    for (const NumberOption& o : tcpip_numbers) {
        const std::string name = o.name;
        for (const std::string& value : wrong_numbers(o))
            refuse({"-p", "tcpip", name + "=" + value}, (name + "=" + value).c_str(), "want");
        refuse({"-ptcpip", name + "="}, o.name);
        refuse({"-ptcpip", "forward," + name}, o.name);
    }
    for (const NumberOption& o : letter_numbers) {
        const std::string letter = o.name;
        for (const std::string& value : wrong_numbers(o)) {
            refuse({letter, value}, (letter + " " + value).c_str(), "want a number from");
            refuse({letter + value}, (letter + " " + value).c_str(), "want a number from");
        }
        refuse({letter}, letter.c_str(), "needs a value");
        refuse({"-S", letter, "-v"}, letter.c_str(), "needs a value");
    }
    for (const char* flag : {"bigpage_strict", "confstr_monitor", "forward", "reuseport_unicast",
                             "so_txprio_enable", "stackguard", "strict_ts"})
        refuse({"-ptcpip", std::string(flag) + "=1"}, flag, "takes no value");
}

void by_hand_letters()
{
    for (char c : std::string("abcefghjklmnosxyzABCEFGHJKLMNOQRTVWXYZ019?"))
        refuse({std::string("-") + c}, (std::string("unknown option -") + c).c_str());
    refuse({"-"}, "unexpected word -");
    refuse({"--"}, "unknown option --");
    refuse({"--help"}, "unknown option --");
    refuse({"-ISX"}, "unknown option -X", "-ISX");
    refuse({"tcpip"}, "tcpip");
    refuse({"-d", "e1000", "pci=0", "name=wan"}, "name=wan", "commas");
    refuse({"-t", "1", "2"}, "unexpected word 2");
    refuse({"-d"}, "-d", "needs a value");
    refuse({"-d", ""}, "-d", "needs a value");
    refuse({"-d", "-t", "2"}, "-d", "needs a value");
    refuse({"-d", "e1000,pci=0"}, "e1000,pci=0");
    refuse({"-d", std::string(300, 'n')}, "too long");
    refuse({"-d", "e1000", std::string(1200, 'o')}, "1023 characters");
    refuse({"-d", "e1000", "name=en0"}, "name=en0", "without digits");
    refuse({"-d", "e1000", "name="}, "name=");
    refuse({"-d", "e1000", "name=averyverylongprefix"}, "name=averyverylongprefix");
    refuse({"-d", "e1000", "unit=one"}, "unit=one", "number");
    refuse({"-de1000", "unit=10000"}, "unit=10000");
    refuse({"-p"}, "-p", "needs a value");
    refuse({"-p", "ipx"}, "ipx", "unknown protocol");
    refuse({"-p", "pf-v6"}, "pf-v6");
    refuse({"-p", "../lib/evil"}, "evil", "unknown protocol");
    refuse({"-d", "e1000", "-p", "tcpip", "-x"}, "unknown option -x");
}

void by_hand_users()
{
    refuse({"-U"}, "-U", "needs a value");
    refuse({"-U", "nobody-here"}, "nobody-here", "unknown user");
    refuse({"-U", "0"}, "-U 0");
    refuse({"-U", "0:5"}, "-U 0");
    refuse({"-U", "root"}, "-U root");
    refuse({"-U", "4321x"}, "4321x", "unknown user");
    refuse({"-U", "99:nogroup-here"}, "nogroup-here", "unknown group");
    refuse({"-U", "99:99,"}, "unknown group \"\"");
    refuse({"-U", "99:99,120,x1"}, "x1", "unknown group");
    refuse({"-U", "99:99,99999999999"}, "99999999999");
    refuse({"-U", "99999999999"}, "99999999999");
    refuse({"-U", "99x"}, "99x");
    refuse({"-U", "iopkt:5"}, "iopkt:5");
    refuse({"-U", ":99"}, "unknown user \"\"");
    refuse({"-U99:99,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"}, "16 groups");
    refuse({"-u"}, "-u", "needs a value");
    refuse({"-u", "bpf"}, "bpf", "type,uid:gid,mode");
    refuse({"-u", "bpf,0:0"}, "bpf", "type,uid:gid,mode");
    refuse({"-u", "bpf,0,0600"}, "bpf", "type,uid:gid,mode");
    refuse({"-u", "bpf,0:0,0800"}, "0800", "octal");
    refuse({"-u", "bpf,0:0,rw"}, "rw", "octal");
    refuse({"-u", "bpf,0:0,01777"}, "01777", "0777");
    refuse({"-u", "bpf,0:0,0600,x"}, "0600,x");
    refuse({"-u", "disk,0:0,0600"}, "disk", "socket");
    refuse({"-u", "all,nobody-here:0,0600"}, "nobody-here", "unknown user");
    refuse({"-u", "all,0:nogroup-here,0600"}, "nogroup-here", "unknown group");
    refuse({"-u", "all,0:0,0660", "-u", "bpf,9:x,0600"}, "unknown group \"x\"");
}

void by_hand_tcpip()
{
    refuse({"-ptcpip", ""}, "empty tcpip option");
    refuse({"-ptcpip", "forward,"}, "empty tcpip option");
    refuse({"-ptcpip", ",forward"}, "empty tcpip option");
    refuse({"-ptcpip", "forward,,stackguard"}, "empty tcpip option");
    refuse({"-ptcpip", "forwards"}, "forwards", "unknown");
    refuse({"-ptcpip", "=5"}, "unknown tcpip option \"\"");
    refuse({"-ptcpip", "forward=1"}, "forward", "takes no value");
    refuse({"-ptcpip", "forward", "somaxconn=200"}, "unexpected word somaxconn=200");
    refuse({"-ptcpip", "prefix"}, "prefix");
    refuse({"-ptcpip", "prefix="}, "prefix=");
    refuse({"-ptcpip", "prefix=alt"}, "prefix=alt");
    refuse({"-ptcpip", "prefix=/"}, "prefix=/");
    refuse({"-ptcpip", "prefix=/alt/"}, "prefix=/alt/");
    refuse({"-ptcpip", "prefix=/a//b"}, "prefix=/a//b");
    refuse({"-ptcpip", "cache=1"}, "cache=1", "only 0");
    refuse({"-ptcpip", "cache"}, "cache", "needs a value");
    refuse({"-ptcpip", "ipid_reserved=3"}, "ipid_reserved=3", "power of two");
    refuse({"-ptcpip", "ipid_reserved=1000"}, "ipid_reserved=1000", "2 to 32768");
    refuse({"-ptcpip", "mclbytes=8192,pagesize=4096"}, "mclbytes=8192", "pagesize=4096");
    refuse({"-ptcpip", "pagesize=40000,mclbytes=65536"}, "mclbytes=65536", "pagesize=32768");
    refuse({"-ptcpip", "threads_min=300"}, "threads_min=300", "threads_max=200");
    refuse({"-ptcpip", "threads_max=10,threads_min=15"}, "threads_min=15", "threads_max=10");
    refuse({"-ptcpip", "bigstack=100"}, "bigstack=100", "4096");
    refuse({"-ptcpip", "bigstack="}, "bigstack=");
    refuse({"-ptcpip", "forward6"}, "forward6", "io-pkt-v6-hc");
    for (const char* map : {"", "750", "750_", "_1", "750_16", "750_1;", "750_1;x_2", "750-1",
                            "750_1 760_2", ";750_1"})
        refuse({"-ptcpip", std::string("mfib_gid_map=") + map}, "mfib_gid_map=");
    refuse({"-ptcpip", "pkt_typed_mem"}, "pkt_typed_mem");
    refuse({"-ptcpip", "pkt_typed_mem="}, "pkt_typed_mem");
    refuse({"-ptcpip", "pkt_typed_mem=no/such/memory"}, "no/such/memory");
    refuse({"-ptcpip", "smmu=on"}, "smmu");
    refuse({"-ptcpip", "smmu=1"}, "smmu");
    refuse({"-t", "2", "-i1", "-ptcpip", "prefix=/alt,rx_prio=0", "-de1000"}, "rx_prio=0");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1)
        io_pkt = argv[1];
    generated();
    by_hand_letters();
    by_hand_users();
    by_hand_tcpip();
    printf("%u wrong command lines, %u not refused as they should be\n", lines, bad);
    return bad != 0;
}
