/*
 * A card that exists only in a test comes in over a socket (link.h); what pcscd asks of a reader driver (IFD handler,
 * PC/SC part 3, interface 3.0) goes out. Card movement is reported at once, as a CCID reader with an interrupt endpoint
 * reports it: pcscd is given a function that blocks until something moved, so nothing is polled.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <wintypes.h>
#include <ifdhandler.h>
#include <reader.h>

#include "link.h"

#define SLOTS 64

struct slot {
    int used;
    DWORD lun;
    int events;  /* '+' and '-' arrive here */
    int io;      /* power and commands go out here */
    int stop;    /* eventfd: pcscd wants its waiting thread back */
    _Atomic int present;
};

static struct slot slots[SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

static struct slot *slot_of(DWORD lun)
{
    struct slot *found = NULL;

    pthread_mutex_lock(&slots_lock);
    for (int i = 0; i < SLOTS && !found; i++)
        if (slots[i].used && slots[i].lun == lun)
            found = &slots[i];
    pthread_mutex_unlock(&slots_lock);
    return found;
}

static struct slot *slot_take(DWORD lun)
{
    struct slot *free_slot = NULL;

    pthread_mutex_lock(&slots_lock);
    for (int i = 0; i < SLOTS && !free_slot; i++)
        if (!slots[i].used)
            free_slot = &slots[i];
    if (free_slot)
        *free_slot = (struct slot){ .used = 1, .lun = lun, .events = -1, .io = -1, .stop = -1, .present = 0 };
    pthread_mutex_unlock(&slots_lock);
    return free_slot;
}

static void slot_release(struct slot *slot)
{
    pthread_mutex_lock(&slots_lock);
    if (slot->events >= 0)
        close(slot->events);
    if (slot->io >= 0)
        close(slot->io);
    if (slot->stop >= 0)
        close(slot->stop);
    slot->used = 0;
    pthread_mutex_unlock(&slots_lock);
}

/* The device name is "usb:f00d/0001:libudev:0:/dev/bus/usb/001/001": the slot is its last number. */
RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
    const char *last = strrchr(DeviceName, '/');
    unsigned char number = (unsigned char)(last ? strtoul(last + 1, NULL, 10) : 0);
    struct slot *slot = slot_take(Lun);
    char state;

    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    slot->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    slot->io = link_open('I', number);
    slot->events = link_open('E', number);
    if (slot->stop < 0 || slot->io < 0 || slot->events < 0 || !link_read(slot->events, &state, 1)) {
        slot_release(slot);
        return IFD_NO_SUCH_DEVICE;
    }
    slot->present = state == '+';
    return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannel(DWORD, DWORD)
{
    return IFD_NO_SUCH_DEVICE;
}

RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
    struct slot *slot = slot_of(Lun);

    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    slot_release(slot);
    return IFD_SUCCESS;
}

/*
 * Blocks until a card moved, the wait is to stop, or `timeout` milliseconds have passed; pcscd then asks for presence.
 * One movement is taken per wait, so that a card lifted and put back at once is seen to have left: the thread that waits
 * is the one that follows the state, whereas others ask for presence too and forget the answer (before power-down).
 */
static RESPONSECODE wait_for_movement(DWORD Lun, int timeout)
{
    struct slot *slot = slot_of(Lun);
    struct pollfd wait[2];
    eventfd_t stops;
    ssize_t got;
    char moved;

    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    wait[0] = (struct pollfd){ .fd = slot->events, .events = POLLIN };
    wait[1] = (struct pollfd){ .fd = slot->stop, .events = POLLIN };
    poll(wait, 2, timeout);
    eventfd_read(slot->stop, &stops); /* Or each later wait would end at once, and pcscd would spin. */
    got = recv(slot->events, &moved, 1, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return IFD_NO_SUCH_DEVICE;
    if (got == 1)
        slot->present = moved == '+';
    return IFD_SUCCESS;
}

static RESPONSECODE stop_waiting(DWORD Lun)
{
    struct slot *slot = slot_of(Lun);

    if (!slot || eventfd_write(slot->stop, 1) != 0)
        return IFD_COMMUNICATION_ERROR;
    return IFD_SUCCESS;
}

static RESPONSECODE put(PDWORD Length, PUCHAR Value, const void *what, size_t size)
{
    if (*Length < size)
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    memcpy(Value, what, size);
    *Length = size;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD, DWORD Tag, PDWORD Length, PUCHAR Value)
{
    const unsigned char no = 0, yes = 1, all = SLOTS;
    RESPONSECODE (*const wait)(DWORD, int) = wait_for_movement;
    RESPONSECODE (*const stop)(DWORD) = stop_waiting;

    switch (Tag) {
    case TAG_IFD_SLOTS_NUMBER:
    case TAG_IFD_THREAD_SAFE:
        return put(Length, Value, &yes, 1);
    case TAG_IFD_SLOT_THREAD_SAFE:
        return put(Length, Value, &no, 1);
    case TAG_IFD_SIMULTANEOUS_ACCESS:
        return put(Length, Value, &all, 1);
    case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
        return put(Length, Value, &wait, sizeof wait);
    case TAG_IFD_STOP_POLLING_THREAD:
        return put(Length, Value, &stop, sizeof stop);
    default:
        return IFD_ERROR_TAG;
    }
}

RESPONSECODE IFDHSetCapabilities(DWORD, DWORD, DWORD, PUCHAR)
{
    return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR)
{
    return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
    const struct slot *slot = slot_of(Lun);
    const char what = Action == IFD_POWER_UP ? '1' : Action == IFD_RESET ? '2' : '0';
    long length;

    *AtrLength = 0;
    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    if (!link_ask(slot->io, what, NULL, 0))
        return IFD_COMMUNICATION_ERROR;
    if (what == '0')
        return IFD_SUCCESS;
    length = link_answer(slot->io, Atr, MAX_ATR_SIZE);
    if (length <= 0)
        return IFD_ERROR_POWER_ACTION;
    *AtrLength = (DWORD)length;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR Command, DWORD CommandLength, PUCHAR Response,
                               PDWORD ResponseLength, PSCARD_IO_HEADER RecvPci)
{
    const struct slot *slot = slot_of(Lun);
    const DWORD room = *ResponseLength;
    long length;

    *ResponseLength = 0;
    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    if (!link_ask(slot->io, 'T', Command, (uint32_t)CommandLength))
        return IFD_COMMUNICATION_ERROR;
    length = link_answer(slot->io, Response, room);
    if (length < 0)
        return IFD_COMMUNICATION_ERROR;
    *ResponseLength = (DWORD)length;
    RecvPci->Protocol = SendPci.Protocol;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHControl(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD Returned)
{
    *Returned = 0;
    return IFD_ERROR_NOT_SUPPORTED;
}

RESPONSECODE IFDHICCPresence(DWORD Lun)
{
    const struct slot *slot = slot_of(Lun);

    if (!slot)
        return IFD_NO_SUCH_DEVICE;
    return slot->present ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}
