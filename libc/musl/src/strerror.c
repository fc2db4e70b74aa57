// SPDX-License-Identifier: Apache-2.0
// strerror() for this system's error numbers (musl's table names errors that do not exist here).
#include <errno.h>
#include <string.h>
#include "locale_impl.h"

struct message {
    short number;
    const char text[46];
};
// In numeric order: looked up by bisection. No pointers, so the table needs no relocation.
static const struct message messages[] = {
    {0, "No error"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {ESRCH, "No such process"},
    {EINTR, "Interrupted function call"},
    {EIO, "Input/output error"},
    {ENXIO, "No such device or address"},
    {E2BIG, "Argument list too long"},
    {ENOEXEC, "Exec format error"},
    {EBADF, "Bad file descriptor"},
    {ECHILD, "No child processes"},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "Not enough memory"},
    {EACCES, "Permission denied"},
    {EFAULT, "Bad address"},
    {ENOTBLK, "Block device required"},
    {EBUSY, "Resource busy"},
    {EEXIST, "File exists"},
    {EXDEV, "Cross-device link"},
    {ENODEV, "No such device"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {ENFILE, "Too many open files in the system"},
    {EMFILE, "Too many open files"},
    {ENOTTY, "Inappropriate I/O control operation"},
    {ETXTBSY, "Text file busy"},
    {EFBIG, "File too large"},
    {ENOSPC, "No space left on device"},
    {ESPIPE, "Illegal seek"},
    {EROFS, "Read-only file system"},
    {EMLINK, "Too many links"},
    {EPIPE, "Broken pipe"},
    {EDOM, "Math argument out of domain of function"},
    {ERANGE, "Result too large"},
    {ENOMSG, "No message of desired type"},
    {EIDRM, "Identifier removed"},
    {EDEADLK, "Resource deadlock avoided"},
    {ENOLCK, "No locks available"},
    {ECANCELED, "Operation canceled"},
    {ENOTSUP, "Not supported"},
    {EDQUOT, "Disk quota exceeded"},
    {EOWNERDEAD, "Owner died"},
    {ENODATA, "No data available"},
    {ETIME, "Timer expired"},
    {ENOSR, "Out of stream resources"},
    {EPROTO, "Protocol error"},
    {EMULTIHOP, "Multihop attempted"},
    {EBADMSG, "Bad message"},
    {ENAMETOOLONG, "Filename too long"},
    {EOVERFLOW, "Value too large to be stored in data type"},
    {EBADFD, "File descriptor invalid for this operation"},
    {ELIBACC, "Can not access shared library"},
    {ELIBBAD, "Accessing a corrupted shared library"},
    {EILSEQ, "Illegal byte sequence"},
    {ENOSYS, "Function not implemented"},
    {ELOOP, "Too many levels of symbolic links"},
    {ERESTART, "Restartable system call"},
    {ENOTEMPTY, "Directory not empty"},
    {EUSERS, "Too many users"},
    {ENOTRECOVERABLE, "State not recoverable"},
    {EOPNOTSUPP, "Operation not supported"},
    {ESTALE, "Stale file handle"},
    {EINPROGRESS, "Operation now in progress"},
    {EALREADY, "Operation already in progress"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {EDESTADDRREQ, "Destination address required"},
    {EMSGSIZE, "Message too long"},
    {EPROTOTYPE, "Protocol wrong type for socket"},
    {ENOPROTOOPT, "Protocol not available"},
    {EPROTONOSUPPORT, "Protocol not supported"},
    {ESOCKTNOSUPPORT, "Socket type not supported"},
    {EPFNOSUPPORT, "Protocol family not supported"},
    {EAFNOSUPPORT, "Address family not supported"},
    {EADDRINUSE, "Address already in use"},
    {EADDRNOTAVAIL, "Can't assign requested address"},
    {ENETDOWN, "Network is down"},
    {ENETUNREACH, "Network is unreachable"},
    {ENETRESET, "Network dropped connection on reset"},
    {ECONNABORTED, "Software caused connection abort"},
    {ECONNRESET, "Connection reset by peer"},
    {ENOBUFS, "No buffer space available"},
    {EISCONN, "Socket is already connected"},
    {ENOTCONN, "Socket is not connected"},
    {ESHUTDOWN, "Can't send after socket shutdown"},
    {ETOOMANYREFS, "Too many references"},
    {ETIMEDOUT, "Connection timed out"},
    {ECONNREFUSED, "Connection refused"},
    {EHOSTDOWN, "Host is down"},
    {EHOSTUNREACH, "Unable to communicate with remote node"},
    {ENOREMOTE, "Must be done on local machine"},
    {EBADFSYS, "Corrupted file system detected"},
    {EMORE, "More to do, send message again"},
    {ESRVRFAULT, "Fault on the server's side of a message"},
    {EENDIAN, "Endian not supported"},
};

char *__strerror_l(int e, locale_t loc)
{
    size_t low = 0, high = sizeof messages / sizeof *messages;
    const char *text = "Unknown error";
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (messages[middle].number == e) {
            text = messages[middle].text;
            break;
        }
        if (messages[middle].number < e) low = middle + 1;
        else high = middle;
    }
    return (char *)LCTRANS(text, LC_MESSAGES, loc);
}

char *strerror(int e)
{
    return __strerror_l(e, CURRENT_LOCALE);
}
weak_alias(__strerror_l, strerror_l);
