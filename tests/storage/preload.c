/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preload: brings the disk of disk.h into a program that knows nothing of it (LD_PRELOAD). What fails stands in a file that is shared
 * with the test, CALLBUS_TEST_DISK, and is a DiskFault.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/storage/disk.h"

__attribute__((constructor)) static void install(void) {
    const char *path = getenv("CALLBUS_TEST_DISK");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *fault;

    if (fd < 0)
        return;
    fault = mmap(NULL, sizeof(DiskFault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (fault != MAP_FAILED)
        disk_install(fault, NULL);
}
