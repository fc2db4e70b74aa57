/* SPDX-License-Identifier: Apache-2.0 */
/* What `use chmod` prints for each of toybox's programs: their own help tells more. */
#include <abi/usage.h>

/* retain: toybox is linked with --gc-sections. */
__attribute__((retain))
QNX_USAGE("%C - one of toybox's programs\n\n"
          "%C --help     tells of its options\n"
          "toybox        lists all programs\n")
