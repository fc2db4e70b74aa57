/* SPDX-License-Identifier: Apache-2.0 */
/* Memory protection and mapping flags with QNX's numbers (abi/proc_msg.h has the same ones under MEM_*). */
#undef PROT_NONE
#undef PROT_READ
#undef PROT_WRITE
#undef PROT_EXEC
#undef PROT_GROWSDOWN
#undef PROT_GROWSUP
#define PROT_NONE 0x000
#define PROT_READ 0x100
#define PROT_WRITE 0x200
#define PROT_EXEC 0x400
#define PROT_NOCACHE 0x800

#undef MAP_SHARED_VALIDATE
#undef MAP_TYPE
#undef MAP_ANON
#undef MAP_NORESERVE
#undef MAP_GROWSDOWN
#undef MAP_DENYWRITE
#undef MAP_EXECUTABLE
#undef MAP_LOCKED
#undef MAP_POPULATE
#undef MAP_NONBLOCK
#undef MAP_STACK
#undef MAP_HUGETLB
#undef MAP_SYNC
#undef MAP_FIXED_NOREPLACE
#define MAP_TYPE 0x03
#define MAP_ELF 0x20
#define MAP_NOSYNCFILE 0x40
#define MAP_LAZY 0x80
#define MAP_BELOW16M 0x800
#define MAP_STACK 0x1000
#define MAP_NOINIT 0x4000
#define MAP_PHYS 0x10000
#define MAP_NOX64K 0x20000
#define MAP_BELOW 0x40000
#define MAP_ANON 0x80000

#define NOFD (-1)
#define SHM_ANON ((char *)-1)
#define MAP_DEVICE_FAILED ((unsigned long)-1)

#ifdef __cplusplus
extern "C" {
#endif
void *mmap_device_memory(void *, size_t, int, int, unsigned long);
int munmap_device_memory(void *, size_t);
unsigned long mmap_device_io(size_t, unsigned long);
int munmap_device_io(unsigned long, size_t);
int mem_offset(const void *, int, size_t, off_t *, size_t *);
int mem_offset64(const void *, int, size_t, off_t *, size_t *);
int posix_mem_offset(const void *__restrict, size_t, off_t *__restrict, size_t *__restrict, int *__restrict);
int shm_ctl(int, int, unsigned long, unsigned long);
/* Typed memory: names of physical memory ("sysram", "below4G&ram", "/memory/isa/ram"). Needs PROCMGR_AID_MEM_PHYS for all of it. */
struct posix_typed_mem_info {
    size_t posix_tmi_length; /* bytes that can be allocated now */
};
int posix_typed_mem_open(const char *, int, int);
int posix_typed_mem_get_info(int, struct posix_typed_mem_info *);
/* A handle lets one other process open a shared-memory object once. */
typedef unsigned int shm_handle_t;
int shm_create_handle(int, int /* pid_t */, int, shm_handle_t *, unsigned);
int shm_open_handle(shm_handle_t, int);
int shm_delete_handle(shm_handle_t);
int munmap_flags(void *, size_t, unsigned);
#ifdef __cplusplus
}
#endif
#define POSIX_TYPED_MEM_ALLOCATE 0x01
#define POSIX_TYPED_MEM_ALLOCATE_CONTIG 0x02
#define POSIX_TYPED_MEM_MAP_ALLOCATABLE 0x04
#define SHMCTL_ANON 0x01
#define SHMCTL_PHYS 0x02
