# FreeRTOS, lwIP on it, and the board below: the library `rtos`. A project with a lwipopts.h of its own sets RTOS_INCLUDES to its folder and
# those of what it includes.
set(RTOS "${CMAKE_CURRENT_LIST_DIR}")
get_filename_component(BOARD "${RTOS}/../c" ABSOLUTE)

if(NOT EXISTS "${FREERTOS}/tasks.c")
    message(FATAL_ERROR "set FREERTOS to the folder of FreeRTOS' kernel, with tasks.c in it")
endif()
if(NOT EXISTS "${LWIP}/src/core/tcp.c")
    message(FATAL_ERROR "set LWIP to a tree of lwIP, with src/core/tcp.c in it")
endif()

file(GLOB LWIP_SOURCES "${LWIP}/src/core/*.c" "${LWIP}/src/core/ipv4/*.c")
# lwIP's pools on the heap, with their bounds: lwipopts.h says why.
list(REMOVE_ITEM LWIP_SOURCES "${LWIP}/src/core/memp.c")
list(APPEND LWIP_SOURCES "${RTOS}/../../../lwip-sys/port/memp.c")
add_library(rtos OBJECT
    "${FREERTOS}/tasks.c" "${FREERTOS}/queue.c" "${FREERTOS}/list.c"
    "${FREERTOS}/portable/GCC/ARM_CM3/port.c" "${FREERTOS}/portable/MemMang/heap_3.c"
    ${LWIP_SOURCES} "${LWIP}/src/netif/ethernet.c" "${LWIP}/src/api/tcpip.c"
    "${RTOS}/lwip/sys_arch.c" "${RTOS}/lwip/ethernet.c" "${RTOS}/main_task.c" "${RTOS}/meter.c"
    "${BOARD}/board.c" "${BOARD}/startup.c" "${BOARD}/lan9118.c")
target_include_directories(rtos SYSTEM PUBLIC
    "${FREERTOS}/include" "${FREERTOS}/portable/GCC/ARM_CM3" "${LWIP}/src/include")
target_include_directories(rtos PUBLIC ${RTOS_INCLUDES} "${RTOS}" "${RTOS}/lwip" "${BOARD}" "${RTOS}/../../../wm-sys/include")
target_compile_definitions(rtos PUBLIC ${LWIP_DEFINES})
target_link_options(rtos PUBLIC
    -mcpu=cortex-m3 -mthumb -nostartfiles --specs=nano.specs --specs=nosys.specs
    -T "${BOARD}/link.ld" -Wl,--gc-sections -Wl,--wrap=wm_port_wait)
