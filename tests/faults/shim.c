/* Preloaded, it lets the n-th write to a folder fail, or ends the process in the middle of it.

   A write is every call that changes a file in the folder or makes a change last: write, pwrite,
   fsync, fdatasync, ftruncate, rename, link. Nothing is counted before fault_arm. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[PATH_MAX];
static long at, calls;
static int error_number, stays;

/* Fail the call number n (from 1; 0 only counts) in inside with the error, 0 kills; it may stay. */
void fault_arm(const char *inside, long n, int error, int for_good)
{
    strncpy(folder, inside, sizeof folder - 1);
    at = n;
    calls = 0;
    error_number = error;
    stays = for_good;
}

long fault_calls(void) { return calls; }

static int counts(const char *path) { return folder[0] && !strncmp(path, folder, strlen(folder)); }

static int fails(const char *path)
{
    if (!counts(path))
        return 0;
    calls++;
    return at && (calls == at || (stays && calls > at));
}

static int fails_at(int fd)
{
    char link[64], path[PATH_MAX];
    if (!folder[0])
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(path);
}

static int refuse(void)
{
    if (!error_number)
        kill(getpid(), SIGKILL);
    errno = error_number;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A process that is killed in a write leaves half of it. */
ssize_t write(int fd, const void *data, size_t size)
{
    if (!fails_at(fd))
        return REAL(write)(fd, data, size);
    if (!error_number)
        REAL(write)(fd, data, size / 2);
    return refuse();
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (!fails_at(fd))
        return REAL(pwrite)(fd, data, size, offset);
    if (!error_number)
        REAL(pwrite)(fd, data, size / 2, offset);
    return refuse();
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    if (!fails_at(fd))
        return REAL(pwrite64)(fd, data, size, offset);
    if (!error_number)
        REAL(pwrite64)(fd, data, size / 2, offset);
    return refuse();
}

int fsync(int fd) { return fails_at(fd) ? refuse() : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails_at(fd) ? refuse() : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { return fails_at(fd) ? refuse() : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size)
{
    return fails_at(fd) ? refuse() : REAL(ftruncate64)(fd, size);
}

int rename(const char *from, const char *to)
{
    return fails(to) ? refuse() : REAL(rename)(from, to);
}

int link(const char *from, const char *to) { return fails(to) ? refuse() : REAL(link)(from, to); }
