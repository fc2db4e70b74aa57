/* SPDX-License-Identifier: Apache-2.0 */
/* What `use tcpdump` prints: the options of the real program. */
#include <abi/usage.h>

QNX_USAGE("%C - show or keep the traffic of an interface\n\n"
          "%C [-AdDefKlLnNOpqStuUvxX#] [-c count] [-C size] [-E algo:secret] [-F file] [-G seconds]\n"
          "        [-i interface] [-M secret] [-r file] [-s snaplen] [-T type] [-w file] [-W files]\n"
          "        [-y linktype] [-z command] [expression]\n"
          " -i name   interface (default: the first)\n"
          " -n        numbers, no names\n"
          " -e        link-level headers, too; -x and -X bytes, -v -vv -vvv more of each packet\n"
          " -c N      ends after N packets\n"
          " -s N      bytes of each packet\n"
          " -w file   keeps the packets; -r file shows those of a file\n"
          " --immediate-mode  each packet at once\n"
          "The expression chooses packets, as in: icmp, host 10.0.2.2, tcp port 80 and not arp.\n"
          "SOCK names the stack (io-pkt's prefix=), as for every client.\n")
