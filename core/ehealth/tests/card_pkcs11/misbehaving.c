/* A PKCS#11 module that misbehaves as a file tells it, for what only a real library can do:
   hold the process, crash it, start others, be initialised twice.

   It shows one eID (and a second, foreign token when told) and signs nothing of value. Beside
   the module: `control`, lines of two words, read at each call; `calls`, which receives the
   process and the function of each call; `certificate`, the Authentication certificate (DER).

     C_Login hang|crash|slow|fork|pull|0x....   what happens in that function
     slots 0|1|2        pin-pad 1        pulled 1
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef struct { unsigned char major, minor; } CK_VERSION;
typedef struct {
    unsigned char description[64], manufacturer[32];
    CK_ULONG flags;
    CK_VERSION hardware, firmware;
} CK_SLOT_INFO;
typedef struct {
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    CK_ULONG flags, sessions[4], longest_pin, shortest_pin, memory[4];
    CK_VERSION hardware, firmware;
    unsigned char time[16];
} CK_TOKEN_INFO;
typedef struct { CK_ULONG slot, state, flags, error; } CK_SESSION_INFO;
typedef struct { CK_ULONG type; void *value; CK_ULONG length; } CK_ATTRIBUTE;
typedef struct { CK_VERSION version; void *functions[68]; } CK_FUNCTION_LIST;

enum {
    OK = 0x00, SLOT_ID_INVALID = 0x03, DEVICE_REMOVED = 0x32, NOT_SUPPORTED = 0x54,
    TOKEN_NOT_PRESENT = 0xE0, NOT_LOGGED_IN = 0x101, PIN_INCORRECT = 0xA0,
    BUFFER_TOO_SMALL = 0x150, NOT_INITIALIZED = 0x190, ALREADY_INITIALIZED = 0x191,
    TOKEN_PRESENT = 1, REMOVABLE = 2, HARDWARE = 4,
    LOGIN_REQUIRED = 4, PIN_PAD = 0x100, INITIALISED = 0x400,
    CLASS = 0x00, LABEL = 0x03, VALUE = 0x11,
    CERTIFICATE = 1, PRIVATE_KEY = 3,
    PUBLIC = 0, USER = 1
};

static int initialised, logged_in;
static CK_ULONG found;

static const char *beside(const char *name) {
    static char path[4096];
    Dl_info self;
    dladdr((void *)&beside, &self);
    char *copy = strdup(self.dli_fname);
    snprintf(path, sizeof path, "%s/%s", dirname(copy), name);
    free(copy);
    return path;
}

static int told(const char *key, char *word) {
    char name[64], value[64];
    int yes = 0;
    FILE *control = fopen(beside("control"), "r");
    while (control && fscanf(control, "%63s %63s", name, value) == 2)
        if (!strcmp(name, key)) {
            strcpy(word, value);
            yes = 1;
        }
    if (control)
        fclose(control);
    return yes;
}

static CK_ULONG number(const char *key, CK_ULONG otherwise) {
    char word[64];
    return told(key, word) ? strtoul(word, NULL, 0) : otherwise;
}

static void pull(void) {
    FILE *control = fopen(beside("control"), "a");
    fprintf(control, "pulled 1\n");
    fclose(control);
}

/* Note the call, and do what was told for it; 0 goes on, anything else is the answer. */
static CK_RV begin(const char *function, const char *note) {
    char line[128], word[64];
    int calls = open(beside("calls"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    int length = snprintf(line, sizeof line, "%d %s %s\n", (int)getpid(), function, note);
    if (write(calls, line, length) != length)
        abort();
    close(calls);
    if (!told(function, word))
        return OK;
    if (!strcmp(word, "fork") && fork() == 0)
        for (;;) pause();
    if (!strcmp(word, "fork") || !strcmp(word, "hang"))
        for (;;) pause();
    if (!strcmp(word, "crash"))
        *(volatile int *)0 = 0;
    if (!strcmp(word, "slow"))
        usleep(300000);
    if (!strcmp(word, "pull")) {
        pull();
        return DEVICE_REMOVED;
    }
    return word[0] == '0' ? strtoul(word, NULL, 0) : OK;
}

#define BEGIN(note) do { CK_RV answer = begin(__func__, note); if (answer) return answer; } while (0)

static CK_RV unsupported(void) { return NOT_SUPPORTED; }

static CK_RV C_Initialize(void *arguments) {
    (void)arguments;
    BEGIN("");
    if (initialised)
        return ALREADY_INITIALIZED;
    initialised = 1;
    return OK;
}

static CK_RV C_Finalize(void *reserved) {
    (void)reserved;
    BEGIN("");
    initialised = 0;
    return OK;
}

static CK_RV C_GetSlotList(unsigned char present, CK_ULONG *slots, CK_ULONG *count) {
    (void)present;
    BEGIN("");
    if (!initialised)
        return NOT_INITIALIZED;
    *count = number("slots", 1);
    for (CK_ULONG slot = 0; slots && slot < *count; slot++)
        slots[slot] = slot;
    return OK;
}

static void padded(unsigned char *field, size_t size, const char *text) {
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static CK_RV C_GetSlotInfo(CK_ULONG slot, CK_SLOT_INFO *info) {
    BEGIN("");
    if (slot >= number("slots", 1))
        return SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    padded(info->description, 64, slot ? "Reader 2" : "Reader 1");
    padded(info->manufacturer, 32, "Test");
    info->flags = REMOVABLE | HARDWARE;
    if (slot || !number("pulled", 0))
        info->flags |= TOKEN_PRESENT;
    return OK;
}

static CK_RV C_GetTokenInfo(CK_ULONG slot, CK_TOKEN_INFO *info) {
    BEGIN("");
    memset(info, 0, sizeof *info);
    padded(info->label, 32, slot ? "Company badge" : "BELPIC");
    padded(info->manufacturer, 32, "Test");
    padded(info->model, 16, slot ? "PIV" : "Belgium eID");
    padded(info->serial, 16, slot ? "22222222" : "11111111AAAAAAAA");
    info->flags = LOGIN_REQUIRED | INITIALISED | (number("pin-pad", 0) ? PIN_PAD : 0);
    return OK;
}

static CK_RV C_OpenSession(CK_ULONG slot, CK_ULONG flags, void *application, void *notify, CK_ULONG *session) {
    (void)flags, (void)application, (void)notify;
    BEGIN("");
    if (!slot && number("pulled", 0))
        return TOKEN_NOT_PRESENT;
    *session = slot + 1;
    return OK;
}

static CK_RV C_CloseSession(CK_ULONG session) {
    (void)session;
    BEGIN("");
    return OK;
}

static CK_RV C_GetSessionInfo(CK_ULONG session, CK_SESSION_INFO *info) {
    BEGIN("");
    memset(info, 0, sizeof *info);
    info->slot = session - 1;
    info->state = logged_in ? USER : PUBLIC;
    return OK;
}

static CK_RV C_Login(CK_ULONG session, CK_ULONG user, const char *pin, CK_ULONG length) {
    (void)session, (void)user;
    BEGIN(pin ? "PIN" : "NULL");
    if (pin && (length != 4 || memcmp(pin, "4711", 4)))
        return PIN_INCORRECT;
    logged_in = 1;
    return OK;
}

static CK_RV C_Logout(CK_ULONG session) {
    (void)session;
    BEGIN("");
    logged_in = 0;
    return OK;
}

static CK_RV C_FindObjectsInit(CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG count) {
    BEGIN("");
    found = 0;
    int ours = 0;
    CK_ULONG class = 0;
    for (CK_ULONG at = 0; at < count; at++) {
        if (template[at].type == CLASS)
            class = *(CK_ULONG *)template[at].value;
        if (template[at].type == LABEL)
            ours = template[at].length == 14 && !memcmp(template[at].value, "Authentication", 14);
    }
    if (session == 1 && ours && (class == CERTIFICATE || class == PRIVATE_KEY))
        found = class;
    return OK;
}

static CK_RV C_FindObjects(CK_ULONG session, CK_ULONG *objects, CK_ULONG most, CK_ULONG *count) {
    (void)session;
    BEGIN("");
    *count = found && most ? 1 : 0;
    if (*count)
        objects[0] = found;
    found = 0;
    return OK;
}

static CK_RV C_FindObjectsFinal(CK_ULONG session) {
    (void)session;
    return begin(__func__, "");
}

static CK_RV C_GetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *wanted, CK_ULONG count) {
    static char certificate[8192];
    (void)session, (void)object;
    BEGIN("");
    FILE *file = fopen(beside("certificate"), "rb");
    size_t length = fread(certificate, 1, sizeof certificate, file);
    fclose(file);
    for (CK_ULONG at = 0; at < count; at++) {
        if (wanted[at].type != VALUE) {
            wanted[at].length = (CK_ULONG)-1;
            continue;
        }
        if (wanted[at].value)
            memcpy(wanted[at].value, certificate, length);
        wanted[at].length = length;
    }
    return OK;
}

static CK_RV C_SignInit(CK_ULONG session, void *mechanism, CK_ULONG key) {
    (void)session, (void)mechanism, (void)key;
    BEGIN("");
    return logged_in ? OK : NOT_LOGGED_IN;
}

static CK_RV C_Sign(CK_ULONG session, void *data, CK_ULONG size, unsigned char *signature, CK_ULONG *length) {
    (void)session, (void)data, (void)size;
    BEGIN("");
    if (signature && *length < 256)
        return BUFFER_TOO_SMALL;
    *length = 256;
    if (signature)
        memset(signature, 7, 256);
    return OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    static CK_FUNCTION_LIST ours = {{2, 40}, {0}};
    for (int at = 0; at < 68; at++)
        ours.functions[at] = (void *)unsupported;
    ours.functions[0] = (void *)C_Initialize;
    ours.functions[1] = (void *)C_Finalize;
    ours.functions[3] = (void *)C_GetFunctionList;
    ours.functions[4] = (void *)C_GetSlotList;
    ours.functions[5] = (void *)C_GetSlotInfo;
    ours.functions[6] = (void *)C_GetTokenInfo;
    ours.functions[12] = (void *)C_OpenSession;
    ours.functions[13] = (void *)C_CloseSession;
    ours.functions[15] = (void *)C_GetSessionInfo;
    ours.functions[18] = (void *)C_Login;
    ours.functions[19] = (void *)C_Logout;
    ours.functions[24] = (void *)C_GetAttributeValue;
    ours.functions[26] = (void *)C_FindObjectsInit;
    ours.functions[27] = (void *)C_FindObjects;
    ours.functions[28] = (void *)C_FindObjectsFinal;
    ours.functions[42] = (void *)C_SignInit;
    ours.functions[43] = (void *)C_Sign;
    *list = &ours;
    return OK;
}
