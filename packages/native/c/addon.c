// The Node-API side: sessions over a WebAssembly memory, and their operations as JavaScript functions.
#define NAPI_VERSION 8
#include "call.h"
#include "engine.h"
#include "variants.h"
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

/** Kernels over one memory. Its functions share it; it ends with the last of them. */
typedef struct {
  uint8_t *memory;
  size_t length;
  /** Keeps the memory alive. */
  napi_ref buffer;
  Pool *pool;
  int users;
} Session;

/** What a function of a session runs. */
typedef struct {
  Session *session;
  const Op *op;
  const EngineOp *engine;
} Binding;

#define CHECK(call)                                                                                                    \
  if ((call) != napi_ok) {                                                                                             \
    bool pending = false;                                                                                              \
    napi_is_exception_pending(env, &pending);                                                                          \
    if (!pending) napi_throw_error(env, NULL, "[ringformer/native] Node-API failed: " #call);                          \
    return NULL;                                                                                                       \
  }

static napi_value refuse(napi_env env, const char *name, const char *reason) {
  char text[256];
  snprintf(text, sizeof text, "[ringformer/native] %s: %s.", name, reason);
  napi_throw_range_error(env, "ERR_RINGFORMER_NATIVE", text);
  return NULL;
}

/** The memory behind an ArrayBuffer, or behind a Uint8Array (the way to pass shared memory in Node 20). */
static int bind(napi_env env, napi_value value, uint8_t **memory, size_t *length) {
  void *data = NULL;
  bool is = false;
  if (napi_is_arraybuffer(env, value, &is) == napi_ok && is) {
    if (napi_get_arraybuffer_info(env, value, &data, length) != napi_ok) return 0;
  } else {
    napi_typedarray_type type;
    napi_value buffer;
    size_t offset;
    if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return 0;
    if (napi_get_typedarray_info(env, value, &type, length, &data, &buffer, &offset) != napi_ok) return 0;
    if (type != napi_uint8_array || offset != 0) return 0;
  }
  *memory = data;
  return data != NULL && *length > 0;
}

static void leave(napi_env env, Session *session) {
  if (--session->users > 0) return;
  if (session->buffer) napi_delete_reference(env, session->buffer);
  poolEnd(session->pool);
  free(session);
}

static void forget(napi_env env, void *data, void *hint) {
  (void)hint;
  Binding *binding = data;
  leave(env, binding->session);
  free(binding);
}

static napi_value invoke(napi_env env, napi_callback_info info) {
  size_t count = MAX_ARGUMENTS;
  napi_value values[MAX_ARGUMENTS];
  double numbers[MAX_ARGUMENTS];
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, &data));
  const Binding *binding = data;
  const Op *op = binding->op;
  if (count < (size_t)op->arguments) {
    char reason[80];
    snprintf(reason, sizeof reason, "expected %d numbers, got %zu", op->arguments, count);
    return refuse(env, op->name, reason);
  }
  for (int i = 0; i < op->arguments; i++) {
    if (napi_get_value_double(env, values[i], &numbers[i]) == napi_ok) continue;
    bool flag;
    if (napi_get_value_bool(env, values[i], &flag) != napi_ok) return refuse(env, op->name, "expected numbers only");
    numbers[i] = flag;
  }
  Session *session = binding->session;
  Call call = {.args = numbers, .memory = session->memory, .length = session->length, .pool = session->pool};
  op->run(&call);
  if (call.error[0]) return refuse(env, op->name, call.error);
  napi_value result;
  CHECK(napi_create_double(env, call.result, &result));
  return result;
}

/** native(operation, address): one operation of the inference engine, whose arguments are words in the memory. */
static napi_value invokeEngine(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, &data));
  const Binding *binding = data;
  Session *session = binding->session;
  double operation, address;
  if (count < 2 || napi_get_value_double(env, values[0], &operation) != napi_ok ||
      napi_get_value_double(env, values[1], &address) != napi_ok)
    return refuse(env, "engine", "expected an operation and an address");
  if (address < 0) address += 4294967296.0; // WebAssembly passes i32
  EngineCall call = {.memory = session->memory, .length = session->length, .pool = session->pool};
  runEngine(binding->engine, &call, (int)operation, address);
  if (call.error[0]) return refuse(env, "engine", call.error);
  return NULL;
}

/** rebind(memory): the session's memory has grown, and its buffer is another. */
static napi_value rebind(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, &value, NULL, &data));
  Session *session = ((const Binding *)data)->session;
  uint8_t *memory;
  size_t length;
  napi_ref buffer;
  if (count < 1 || !bind(env, value, &memory, &length))
    return refuse(env, "rebind", "expected an ArrayBuffer or a Uint8Array over all of one, which must not be detached");
  CHECK(napi_create_reference(env, value, 1, &buffer));
  napi_delete_reference(env, session->buffer);
  session->memory = memory;
  session->length = length;
  session->buffer = buffer;
  return NULL;
}

/** Adds a function of the session to `object`. */
static int addFunction(napi_env env, napi_value object, Session *session, const char *key, napi_callback callback,
                       const Op *op, const EngineOp *engine) {
  Binding *binding = calloc(1, sizeof *binding);
  if (!binding) return 0;
  *binding = (Binding){.session = session, .op = op, .engine = engine};
  napi_value function;
  if (napi_create_function(env, key, NAPI_AUTO_LENGTH, callback, binding, &function) != napi_ok ||
      napi_add_finalizer(env, function, binding, forget, NULL, NULL) != napi_ok) {
    free(binding);
    return 0;
  }
  session->users++;
  return napi_set_named_property(env, object, key, function) == napi_ok;
}

/** open(memory, threads, variant): a session, as an object with a function for each operation. */
static napi_value openSession(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value values[3], object;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, NULL));
  uint8_t *memory;
  size_t length;
  double threads;
  char name[32] = "";
  if (count < 3 || !bind(env, values[0], &memory, &length))
    return refuse(env, "open", "expected an ArrayBuffer or a Uint8Array over all of one, which must not be detached");
  if (napi_get_value_double(env, values[1], &threads) != napi_ok || !(threads >= 1 && threads <= 64) ||
      threads != (double)(int)threads)
    return refuse(env, "open", "expected 1 to 64 threads");
  if (napi_get_value_string_utf8(env, values[2], name, sizeof name, NULL) != napi_ok)
    return refuse(env, "open", "expected the name of a variant");
  const Variant *variant = NULL;
  for (int i = 0; i < variantCount(); i++)
    if (strcmp(variantAt(i)->name, name) == 0) variant = variantAt(i);
  if (!variant) return refuse(env, "open", "this processor does not run that variant; see `variants`");

  Session *session = calloc(1, sizeof *session);
  if (!session) return refuse(env, "open", "memory is exhausted");
  *session = (Session){.memory = memory, .length = length, .pool = poolStart((int)threads), .users = 1};
  napi_value result = NULL;
  if (!session->pool) {
    refuse(env, "open", "threads cannot start");
    goto done;
  }
  if (napi_create_reference(env, values[0], 1, &session->buffer) != napi_ok) goto done;
  if (napi_create_object(env, &object) != napi_ok) goto done;
  for (int i = -2; i < variant->count; i++) {
    const Op *op = i < 0 ? NULL : &variant->ops[i];
    const char *key = op ? op->name : i == -1 ? "engine" : "rebind";
    napi_callback callback = op ? invoke : i == -1 ? invokeEngine : rebind;
    if (!addFunction(env, object, session, key, callback, op, variant->engine)) goto done;
  }
  result = object;
done:
  leave(env, session);
  return result;
}

/** variants: what this processor runs, the best first, as { name, bfloat16, int8 }. */
static napi_value listVariants(napi_env env) {
  napi_value list;
  CHECK(napi_create_array(env, &list));
  for (int i = 0; i < variantCount(); i++) {
    const Variant *variant = variantAt(i);
    napi_value item, name, bfloat16, int8;
    CHECK(napi_create_object(env, &item));
    CHECK(napi_create_string_utf8(env, variant->name, NAPI_AUTO_LENGTH, &name));
    CHECK(napi_get_boolean(env, variant->bfloat16, &bfloat16));
    CHECK(napi_get_boolean(env, variant->int8, &int8));
    CHECK(napi_set_named_property(env, item, "name", name));
    CHECK(napi_set_named_property(env, item, "bfloat16", bfloat16));
    CHECK(napi_set_named_property(env, item, "int8", int8));
    CHECK(napi_set_element(env, list, (uint32_t)i, item));
  }
  return list;
}

NAPI_MODULE_INIT() {
  napi_value open, version;
  CHECK(napi_create_function(env, "open", NAPI_AUTO_LENGTH, openSession, NULL, &open));
  CHECK(napi_set_named_property(env, exports, "open", open));
  napi_value variants = listVariants(env);
  if (!variants) return NULL;
  CHECK(napi_set_named_property(env, exports, "variants", variants));
  CHECK(napi_create_uint32(env, RINGFORMER_ABI, &version));
  CHECK(napi_set_named_property(env, exports, "abi", version));
  return exports;
}
