#ifndef TASK_H
#define TASK_H

#include "FreeRTOS.h"

#define taskENTER_CRITICAL()              enter_critical()
#define taskEXIT_CRITICAL()               exit_critical()
#define taskENTER_CRITICAL_FROM_ISR()     portSET_INTERRUPT_MASK_FROM_ISR()
#define taskEXIT_CRITICAL_FROM_ISR(state) portCLEAR_INTERRUPT_MASK_FROM_ISR(state)

void enter_critical(void);
void exit_critical(void);
TickType_t xTaskGetTickCount(void);
TickType_t xTaskGetTickCountFromISR(void);
void vTaskDelay(TickType_t ticks);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
BaseType_t xTaskCreate(void (*code)(void *), const char *name, configSTACK_DEPTH_TYPE depth, void *argument, UBaseType_t priority,
                       TaskHandle_t *task);

#endif
