// Node-API. On Windows its functions are found in the running program, whatever that is called: importing them would name
// node.exe, and load a second one into any other program.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>

#if defined(_WIN32)
#include <windows.h>

#define EACH_NODE_FUNCTION(DO)                                                                                         \
  DO(napi_add_finalizer)                                                                                               \
  DO(napi_create_array)                                                                                                \
  DO(napi_create_double)                                                                                               \
  DO(napi_create_function)                                                                                             \
  DO(napi_create_object)                                                                                               \
  DO(napi_create_reference)                                                                                            \
  DO(napi_create_string_utf8)                                                                                          \
  DO(napi_create_uint32)                                                                                               \
  DO(napi_delete_reference)                                                                                            \
  DO(napi_get_arraybuffer_info)                                                                                        \
  DO(napi_get_boolean)                                                                                                 \
  DO(napi_get_cb_info)                                                                                                 \
  DO(napi_get_reference_value)                                                                                         \
  DO(napi_get_typedarray_info)                                                                                         \
  DO(napi_get_value_bool)                                                                                              \
  DO(napi_get_value_double)                                                                                            \
  DO(napi_get_value_string_utf8)                                                                                       \
  DO(napi_is_arraybuffer)                                                                                              \
  DO(napi_is_exception_pending)                                                                                        \
  DO(napi_is_typedarray)                                                                                               \
  DO(napi_set_element)                                                                                                 \
  DO(napi_set_named_property)                                                                                          \
  DO(napi_throw_error)                                                                                                 \
  DO(napi_throw_range_error)

#define DECLARE(name) __typeof__(name) *name;
static struct {
  EACH_NODE_FUNCTION(DECLARE)
} node;

/** Finds the functions in the program, or in the library that it has Node.js in. → 0 if one is missing */
static int findNode(void) {
  const HMODULE modules[] = {GetModuleHandleA(NULL), GetModuleHandleA("node.dll"), GetModuleHandleA("libnode.dll")};
  for (int i = 0; i < 3; i++) {
    if (!modules[i]) continue;
    int missing = 0;
#define FIND(name) missing |= !(node.name = (__typeof__(node.name))(void *)GetProcAddress(modules[i], #name));
    EACH_NODE_FUNCTION(FIND)
    if (!missing) return 1;
  }
  return 0;
}

#define napi_add_finalizer node.napi_add_finalizer
#define napi_create_array node.napi_create_array
#define napi_create_double node.napi_create_double
#define napi_create_function node.napi_create_function
#define napi_create_object node.napi_create_object
#define napi_create_reference node.napi_create_reference
#define napi_create_string_utf8 node.napi_create_string_utf8
#define napi_create_uint32 node.napi_create_uint32
#define napi_delete_reference node.napi_delete_reference
#define napi_get_arraybuffer_info node.napi_get_arraybuffer_info
#define napi_get_boolean node.napi_get_boolean
#define napi_get_cb_info node.napi_get_cb_info
#define napi_get_reference_value node.napi_get_reference_value
#define napi_get_typedarray_info node.napi_get_typedarray_info
#define napi_get_value_bool node.napi_get_value_bool
#define napi_get_value_double node.napi_get_value_double
#define napi_get_value_string_utf8 node.napi_get_value_string_utf8
#define napi_is_arraybuffer node.napi_is_arraybuffer
#define napi_is_exception_pending node.napi_is_exception_pending
#define napi_is_typedarray node.napi_is_typedarray
#define napi_set_element node.napi_set_element
#define napi_set_named_property node.napi_set_named_property
#define napi_throw_error node.napi_throw_error
#define napi_throw_range_error node.napi_throw_range_error
#else
static int findNode(void) { return 1; }
#endif
