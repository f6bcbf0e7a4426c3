/* FreeRTOS on the board: preemptive, 1,000 ticks a second. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ            25000000
#define configTICK_RATE_HZ            1000
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configUSE_PREEMPTION          1
#define configMAX_PRIORITIES          8
#define configMAX_TASK_NAME_LEN       12
#define configMINIMAL_STACK_SIZE      192
#define configUSE_MUTEXES             1
#define configUSE_COUNTING_SEMAPHORES 1
#define configUSE_TICK_HOOK           0
/* The core sleeps. */
#define configUSE_IDLE_HOOK 1

#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configSUPPORT_STATIC_ALLOCATION  0
#define configCHECK_FOR_STACK_OVERFLOW   2

#define INCLUDE_vTaskDelay                1
#define INCLUDE_vTaskSuspend              1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xSemaphoreGetMutexHolder  1
/* For the lock of the heap. */
#define INCLUDE_xTaskGetSchedulerState 1
/* For the meter. */
#define INCLUDE_uxTaskGetStackHighWaterMark 1
#define INCLUDE_xTaskGetHandle              1

/* The kernel has the lowest priority; interrupts of a higher one than this may not call it. */
#define configKERNEL_INTERRUPT_PRIORITY      255
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0xa0

/* The names of the board's vector table. */
#define vPortSVCHandler     board_supervisor_call
#define xPortPendSVHandler  board_switch
#define xPortSysTickHandler board_tick

void firmware_failed(const char *file, int line);
#define configASSERT(condition) \
    do { \
        if (!(condition)) \
            firmware_failed(__FILE__, __LINE__); \
    } while (0)

#endif
