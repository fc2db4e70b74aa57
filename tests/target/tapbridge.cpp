// SPDX-License-Identifier: Apache-2.0
// An example of a TAP program: a cable between two tap devices, for instance of two io-pkt processes.
//   tapbridge /dev/tap /alt/dev/tap     prints the interfaces' names, then carries frames both ways
#include <fcntl.h>
#include <net/if.h>
#include <net/if_tap.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

int open_tap(const char* path)
{
    const int fd = open(path, O_RDWR);
    struct ifreq name = {};
    if (fd == -1 || ioctl(fd, TAPGIFNAME, &name) == -1) {
        perror(path);
        return -1;
    }
    printf("%s is %s\n", path, name.ifr_name);
    return fd;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        fprintf(stderr, "use: tapbridge device device\n");
        return 1;
    }
    pollfd ends[2] = {{open_tap(argv[1]), POLLIN, 0}, {open_tap(argv[2]), POLLIN, 0}};
    if (ends[0].fd == -1 || ends[1].fd == -1)
        return 1;
    printf("bridging\n");
    fflush(stdout);
    char frame[10000];
    while (poll(ends, 2, -1) != -1) {
        for (int i = 0; i < 2; i++) {
            if ((ends[i].revents & POLLIN) == 0)
                continue;
            const ssize_t size = read(ends[i].fd, frame, sizeof frame);
            if (size <= 0) {
                perror(argv[1 + i]);
                return 1;
            }
            write(ends[1 - i].fd, frame,
                  static_cast<size_t>(size)); // a cable loses what its end cannot take
        }
    }
    perror("poll");
    return 1;
}
