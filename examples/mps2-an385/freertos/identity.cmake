# IDENTITY: a file of C with what examples/c/identity.h declares: the certificate for development, which is its own authority, and its key. A
# product has others, of which no key is in a repository.
set(IDENTITY "${CMAKE_CURRENT_BINARY_DIR}/identity.c")

# Appends a text of C with the content of a file.
function(append_text name file)
    file(READ "${file}" content)
    string(REPLACE "\n" "\\n\"\n    \"" content "${content}")
    file(APPEND "${IDENTITY}.new" "const char ${name}[] =\n    \"${content}\";\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endfunction()

set(CERTIFICATES "${REPOSITORY}/examples/certificates")
file(WRITE "${IDENTITY}.new" "#include \"${REPOSITORY}/examples/c/identity.h\"\n")
append_text(server_certificate "${CERTIFICATES}/development.pem")
append_text(server_key "${CERTIFICATES}/development-key.pem")
append_text(authorities "${CERTIFICATES}/development.pem")
configure_file("${IDENTITY}.new" "${IDENTITY}" COPYONLY)
