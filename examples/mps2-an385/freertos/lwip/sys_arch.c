/* What lwIP asks of an operating system, on FreeRTOS. */
#include "lwip/sys.h"
#include "lwip/tcpip.h"

#include "FreeRTOS.h"
#include "queue.h"
#include "semphr.h"
#include "task.h"

#include "wm_port.h"

/* As many signals as a semaphore may hold. */
#define MOST_SIGNALS 255

static TaskHandle_t core;

void sys_init(void) {
}

/* The platform's clock goes on where the tick counter turns. */
u32_t sys_now(void) {
    return (u32_t)wm_port_now();
}

/* The platform knows whether the kernel's interrupts nest. */
sys_prot_t sys_arch_protect(void) {
    return wm_port_protect();
}

void sys_arch_unprotect(sys_prot_t state) {
    wm_port_unprotect(state);
}

/* Ports, and transactions of DNS: with rand() they would be the same after each start, and anybody could answer for a name server. */
uint32_t sys_random(void) {
    static uint32_t counter;
    uint32_t number;

    /* Without entropy they differ at least. */
    if (wm_port_entropy(&number, sizeof(number)))
        number = (uint32_t)wm_port_now() * 2654435761u + ++counter * 40503u;
    return number;
}

/* Rounded up: lwIP would ask again and again until a wait that ends in the tick before is over, and let nobody below it run. 0 means without
 * limit; what the counter cannot count ends too soon, which lwIP takes for its timers. */
static TickType_t ticks_of(u32_t milliseconds) {
    uint64_t ticks = ((uint64_t)milliseconds * configTICK_RATE_HZ + 999) / 1000;

    if (!milliseconds)
        return portMAX_DELAY;
    return ticks < portMAX_DELAY ? (TickType_t)ticks : portMAX_DELAY - 1;
}

err_t sys_sem_new(sys_sem_t *semaphore, u8_t count) {
    *semaphore = xSemaphoreCreateCounting(MOST_SIGNALS, count);
    return *semaphore ? ERR_OK : ERR_MEM;
}

void sys_sem_signal(sys_sem_t *semaphore) {
    xSemaphoreGive(*semaphore);
}

u32_t sys_arch_sem_wait(sys_sem_t *semaphore, u32_t timeout) {
    u32_t start = sys_now();

    return xSemaphoreTake(*semaphore, ticks_of(timeout)) == pdTRUE ? sys_now() - start : SYS_ARCH_TIMEOUT;
}

void sys_sem_free(sys_sem_t *semaphore) {
    vSemaphoreDelete(*semaphore);
}

err_t sys_mutex_new(sys_mutex_t *mutex) {
    *mutex = xSemaphoreCreateMutex();
    return *mutex ? ERR_OK : ERR_MEM;
}

void sys_mutex_lock(sys_mutex_t *mutex) {
    xSemaphoreTake(*mutex, portMAX_DELAY);
}

void sys_mutex_unlock(sys_mutex_t *mutex) {
    xSemaphoreGive(*mutex);
}

void sys_mutex_free(sys_mutex_t *mutex) {
    vSemaphoreDelete(*mutex);
}

err_t sys_mbox_new(sys_mbox_t *mailbox, int size) {
    *mailbox = xQueueCreate((UBaseType_t)size, sizeof(void *));
    return *mailbox ? ERR_OK : ERR_MEM;
}

void sys_mbox_post(sys_mbox_t *mailbox, void *message) {
    xQueueSendToBack(*mailbox, &message, portMAX_DELAY);
}

err_t sys_mbox_trypost(sys_mbox_t *mailbox, void *message) {
    return xQueueSendToBack(*mailbox, &message, 0) == pdTRUE ? ERR_OK : ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mailbox, void *message) {
    BaseType_t must_switch = pdFALSE;
    err_t result = xQueueSendToBackFromISR(*mailbox, &message, &must_switch) == pdTRUE ? ERR_OK : ERR_MEM;

    portYIELD_FROM_ISR(must_switch);
    return result;
}

static BaseType_t fetch(sys_mbox_t mailbox, void **message, TickType_t ticks) {
    void *unwanted;

    return xQueueReceive(mailbox, message ? message : &unwanted, ticks);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mailbox, void **message, u32_t timeout) {
    u32_t start = sys_now();

    return fetch(*mailbox, message, ticks_of(timeout)) == pdTRUE ? sys_now() - start : SYS_ARCH_TIMEOUT;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mailbox, void **message) {
    return fetch(*mailbox, message, 0) == pdTRUE ? 0 : SYS_MBOX_EMPTY;
}

void sys_mbox_free(sys_mbox_t *mailbox) {
    vQueueDelete(*mailbox);
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn thread, void *argument, int stacksize, int priority) {
    TaskHandle_t task = NULL;
    configSTACK_DEPTH_TYPE depth = (configSTACK_DEPTH_TYPE)((size_t)stacksize / sizeof(StackType_t));

    return xTaskCreate(thread, name, depth, argument, (UBaseType_t)priority, &task) == pdPASS ? task : NULL;
}

void sys_mark_core(void) {
    core = xTaskGetCurrentTaskHandle();
}

/* Until lwIP's thread has started, nobody else is there. */
void sys_assert_core(const char *file, int line) {
    TaskHandle_t allowed = core;

    if (!core)
        return;
#if LWIP_TCPIP_CORE_LOCKING
    allowed = xSemaphoreGetMutexHolder(lock_tcpip_core);
#endif
    if (xTaskGetCurrentTaskHandle() != allowed)
        firmware_failed(file, line);
}
