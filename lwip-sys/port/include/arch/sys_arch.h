/*
 * Semaphores, mutexes, mailboxes and threads: what lwIP asks of a port with NO_SYS=0.
 *
 * This port is for NO_SYS=1, where lwIP never includes this file: it runs in the main loop and needs only
 * sys_now and the critical section, which are in src/port/. The types of the threading modes belong here.
 */
#ifndef LWIP_SYS_ARCH_SYS_ARCH_H
#define LWIP_SYS_ARCH_SYS_ARCH_H

#error "this port is for NO_SYS=1: for NO_SYS=0 set LWIP_PORT_DIR to the include folders of the firmware's port"

#endif /* LWIP_SYS_ARCH_SYS_ARCH_H */
