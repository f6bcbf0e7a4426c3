# What component/ meets in the SDK's build: register_component(), and the way in which the SDK links.

set(all_component_libs "" CACHE INTERNAL "the components' libraries")
set(all_component_incs "" CACHE INTERNAL "the components' include folders")

# A library of ADD_SRCS with the folders ADD_INCLUDE, named by the argument or by the component's folder. As in the SDK, an include
# folder that does not exist ends the configuration.
function(register_component)
    get_filename_component(folder "${CMAKE_CURRENT_LIST_FILE}" DIRECTORY)
    get_filename_component(name "${folder}" NAME)
    if(ARGC)
        set(name "${ARGV0}")
    endif()
    add_library(${name} STATIC ${ADD_SRCS})
    target_link_libraries(${name} PRIVATE sdk)
    set(includes ${all_component_incs})
    foreach(include ${ADD_INCLUDE})
        get_filename_component(include "${include}" ABSOLUTE BASE_DIR "${folder}")
        if(NOT IS_DIRECTORY "${include}")
            message(FATAL_ERROR "${CMAKE_CURRENT_LIST_FILE}: there is no folder ${include}")
        endif()
        list(APPEND includes "${include}")
    endforeach()
    target_include_directories(${name} PUBLIC ${includes})
    set(all_component_incs "${includes}" CACHE INTERNAL "the components' include folders")
    set(all_component_libs "${name};${all_component_libs}" CACHE INTERNAL "the components' libraries")
endfunction()

# Every component whole, in one group.
function(link_components firmware)
    target_link_libraries(${firmware} PRIVATE -Wl,--start-group -Wl,--whole-archive)
    target_link_libraries(${firmware} PRIVATE ${ARGN})
    target_link_libraries(${firmware} PRIVATE -Wl,--no-whole-archive -Wl,--end-group)
endfunction()
