/* wm_handshakes.h on the WinnerMicro IoT SDK; component/ compiles it. The priority counts as the SDK's do: more is higher. */
#include "wm_handshakes.h"

#include "wm_osal.h"

static wm_os_task_t worker;
static wm_os_sem_t *semaphore;

/* One is enough, however often it is called. */
static void wake(void) {
    if (!wm_os_internal_sem_get_count(semaphore))
        wm_os_internal_sem_release(semaphore);
}

static void work(void *argument) {
    (void)argument;
    for (;;) {
        wm_os_internal_sem_acquire_ms(semaphore, UINT32_MAX);
        wm_handshakes_step();
    }
}

int wm_handshakes_start(unsigned priority, size_t stack) {
    if (worker)
        return -1;
    if (!semaphore && wm_os_internal_sem_create(&semaphore, 0) != WM_OS_STATUS_SUCCESS) {
        semaphore = NULL;
        return -1;
    }
    if (wm_handshakes_begin(wake))
        return -1;
    if (wm_os_internal_task_create(&worker, "handshakes", work, NULL, (uint32_t)stack, priority, 0) != WM_OS_STATUS_SUCCESS) {
        worker = NULL;
        wm_handshakes_end();
        return -1;
    }
    return 0;
}
