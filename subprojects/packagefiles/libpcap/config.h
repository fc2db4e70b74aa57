/* SPDX-License-Identifier: Apache-2.0 */
/* What libpcap's configure would find in the guest. */
#define HAVE_ASPRINTF 1
#define HAVE_FSEEKO 1
#define HAVE_NET_IF_TYPES_H 1
#define HAVE_POSIX_STRERROR_R 1
#define HAVE_SNPRINTF 1
#define HAVE_STRERROR 1
#define HAVE_STRLCAT 1
#define HAVE_STRLCPY 1
#define HAVE_STRTOK_R 1
#define HAVE_STRUCT_SOCKADDR_SA_LEN 1
#define HAVE_STRUCT_SOCKADDR_STORAGE 1
#define HAVE_SYS_IOCCOM_H 1
#define HAVE_SYS_SOCKIO_H 1
#define HAVE_VASPRINTF 1
#define HAVE_VSNPRINTF 1
#define PACKAGE_VERSION "1.10.3"
#define SIZEOF_CONST_VOID_P 8
#define SIZEOF_VOID_P 8
#define _GNU_SOURCE 1
