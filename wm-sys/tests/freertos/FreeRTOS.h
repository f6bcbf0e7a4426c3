/* As much of FreeRTOS' kernel as wm-sys/port/freertos.c and the template's sys_arch.c call, for checks.c: one task, and time stands still. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stddef.h>
#include <stdint.h>

/* TICK_TYPE and configTICK_RATE_HZ come from the command line, and KERNEL_NESTS or not. */
typedef TICK_TYPE TickType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef unsigned long StackType_t;
typedef struct tskTaskControlBlock *TaskHandle_t;
typedef struct QueueDefinition *QueueHandle_t;
typedef struct QueueDefinition *SemaphoreHandle_t;

#define configSTACK_DEPTH_TYPE unsigned
#define portMAX_DELAY          ((TickType_t)-1)
#define pdTRUE                 1
#define pdFALSE                0
#define pdPASS                 1
#define portYIELD_FROM_ISR(must_switch) ((void)(must_switch))
/* As kernels before 11 have it. */
#define pdMS_TO_TICKS(ms) ((TickType_t)(((TickType_t)(ms) * (TickType_t)configTICK_RATE_HZ) / (TickType_t)1000U))

BaseType_t xPortIsInsideInterrupt(void);
void *pvPortMalloc(size_t size);
void vPortFree(void *block);

#ifdef KERNEL_NESTS
UBaseType_t mask_interrupts(void);
void unmask_interrupts(UBaseType_t state);
#define portSET_INTERRUPT_MASK_FROM_ISR()        mask_interrupts()
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(state) unmask_interrupts(state)
#else
#define portSET_INTERRUPT_MASK_FROM_ISR()        0
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(state) (void)(state)
#endif

#endif
