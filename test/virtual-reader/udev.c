/*
 * Plugged and unplugged slots come in over a socket (link.h) and, for the start, in VIRTUAL_READER_PLUGGED ("1,2"); the
 * libudev calls that pcscd makes go out, answered as if each slot were a USB device. Loaded into pcscd by LD_PRELOAD, so
 * that hot plug takes the daemon's own path. It also ties the daemon's life to that of the process that started it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "link.h"

struct udev { int unused; };
struct udev_monitor { int fd; };
struct udev_device { char action[8], system_name[16], node[32], product[8]; };
struct udev_list_entry { char path[16]; struct udev_list_entry *next; };
struct udev_enumerate { struct udev_list_entry *first; };

static struct udev only_udev;
static struct udev_monitor only_monitor = { .fd = -1 };

/* A daemon whose starter has been killed would stay for ever. The starter may have gone before prctl: hence the look. */
__attribute__((constructor)) static void die_with_starter(void)
{
    const char *starter = getenv("VIRTUAL_READER_STARTER");

    if (!starter)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != (pid_t)strtol(starter, NULL, 10))
        _exit(1);
}

static struct udev_device *device_new(unsigned slot, const char *action)
{
    struct udev_device *device = calloc(1, sizeof *device);

    if (!device)
        return NULL;
    snprintf(device->action, sizeof device->action, "%s", action);
    snprintf(device->system_name, sizeof device->system_name, "1-%u:1.0", slot % 1000);
    snprintf(device->node, sizeof device->node, "/dev/bus/usb/001/%03u", slot % 1000);
    snprintf(device->product, sizeof device->product, "%04x", slot % 1000);
    return device;
}

struct udev *udev_new(void)
{
    return &only_udev;
}

struct udev *udev_unref(struct udev *)
{
    return NULL;
}

struct udev_monitor *udev_monitor_new_from_netlink(struct udev *, const char *)
{
    return &only_monitor;
}

int udev_monitor_filter_add_match_subsystem_devtype(struct udev_monitor *, const char *, const char *)
{
    return 0;
}

int udev_monitor_enable_receiving(struct udev_monitor *monitor)
{
    monitor->fd = link_open('U', 0);
    return monitor->fd < 0 ? -1 : 0;
}

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
    return monitor->fd;
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
    unsigned char moved[2];

    if (!link_read(monitor->fd, moved, sizeof moved)) {
        pause(); /* The stand has gone without a word, and with it the reason to be here: the signal above is under way. */
        return NULL;
    }
    return device_new(moved[1], moved[0] == '+' ? "add" : "remove");
}

struct udev_monitor *udev_monitor_unref(struct udev_monitor *)
{
    return NULL;
}

const char *udev_device_get_action(struct udev_device *device)
{
    return device->action;
}

const char *udev_device_get_devnode(struct udev_device *device)
{
    return device->node;
}

const char *udev_device_get_sysname(struct udev_device *device)
{
    return device->system_name;
}

struct udev_device *udev_device_get_parent_with_subsystem_devtype(struct udev_device *device, const char *, const char *)
{
    return device;
}

const char *udev_device_get_sysattr_value(struct udev_device *device, const char *name)
{
    if (strcmp(name, "idVendor") == 0)
        return "f00d";
    if (strcmp(name, "idProduct") == 0)
        return device->product;
    if (strcmp(name, "bInterfaceNumber") == 0)
        return "00";
    return NULL;
}

/* pcsc-lite 2.x asks for PCSCLITE_IGNORE, by which an administrator hides a reader. */
const char *udev_device_get_property_value(struct udev_device *, const char *)
{
    return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
    free(device);
    return NULL;
}

struct udev_device *udev_device_new_from_syspath(struct udev *, const char *path)
{
    return device_new((unsigned)strtoul(strrchr(path, '/') + 1, NULL, 10), "add");
}

struct udev_enumerate *udev_enumerate_new(struct udev *)
{
    return calloc(1, sizeof(struct udev_enumerate));
}

int udev_enumerate_add_match_subsystem(struct udev_enumerate *, const char *)
{
    return 0;
}

int udev_enumerate_scan_devices(struct udev_enumerate *enumerate)
{
    const char *plugged = getenv("VIRTUAL_READER_PLUGGED");
    struct udev_list_entry **last = &enumerate->first;

    while (plugged && *plugged) {
        char *end;
        unsigned slot = (unsigned)strtoul(plugged, &end, 10);
        struct udev_list_entry *entry = end == plugged ? NULL : calloc(1, sizeof *entry);

        if (!entry)
            break;
        snprintf(entry->path, sizeof entry->path, "/slot/%u", slot % 1000);
        *last = entry;
        last = &entry->next;
        plugged = *end == ',' ? end + 1 : end;
    }
    return 0;
}

struct udev_list_entry *udev_enumerate_get_list_entry(struct udev_enumerate *enumerate)
{
    return enumerate->first;
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *enumerate)
{
    while (enumerate->first) {
        struct udev_list_entry *next = enumerate->first->next;
        free(enumerate->first);
        enumerate->first = next;
    }
    free(enumerate);
    return NULL;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
    return entry->path;
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
    return entry->next;
}
