/*
 * Command lines come in; restricted processes in a job that dies with us go out: what child.h declares.
 */
#include "child.h"

#include <algorithm>
#include <bcrypt.h>
#include <cwctype>
#include <sddl.h>
#include <vector>

namespace tapward {

namespace {

/* SIDs from their text, freed together. */
class Sids {
public:
    explicit Sids(std::initializer_list<const wchar_t *> texts)
    {
        for (const wchar_t *text : texts) {
            PSID sid;
            if (ConvertStringSidToSidW(text, &sid))
                list.push_back({ sid, 0 });
        }
        whole = list.size() == texts.size();
    }
    ~Sids()
    {
        for (const auto &entry : list)
            LocalFree(entry.Sid);
    }
    Sids(const Sids &) = delete;
    Sids &operator=(const Sids &) = delete;
    std::vector<SID_AND_ATTRIBUTES> list;
    bool whole;
};

/* What the child makes must be open to the child: its default list names this service. */
bool set_default_rights(HANDLE token, const std::wstring &service)
{
    const std::wstring rights = L"D:(A;;GA;;;SY)(A;;GA;;;" + service + L")";
    PSECURITY_DESCRIPTOR descriptor;
    TOKEN_DEFAULT_DACL list = {};
    BOOL present, defaulted;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return false;
    const bool done = GetSecurityDescriptorDacl(descriptor, &present, &list.DefaultDacl, &defaulted) && SetTokenInformation(token, TokenDefaultDacl, &list, sizeof list);
    LocalFree(descriptor);
    return done;
}

bool restrict(Rights rights, Handle &restricted)
{
    constexpr DWORD write_restricted = 0x8;
    Handle own;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, own.out()))
        return false;
    if (rights == Rights::reader)
        return CreateRestrictedToken(own.get(), DISABLE_MAX_PRIVILEGE, 0, nullptr, 0, nullptr, 0, nullptr, restricted.out());
    const std::wstring service = service_sid(service_name);
    /* SYSTEM and the administrators only deny; Everyone and WRITE RESTRICTED as in a restricted service. */
    Sids denied{ L"S-1-5-18", L"S-1-5-32-544" }, allowed{ service.c_str(), L"S-1-1-0", L"S-1-5-33" };
    return denied.whole && allowed.whole &&
           CreateRestrictedToken(own.get(), DISABLE_MAX_PRIVILEGE | write_restricted, static_cast<DWORD>(denied.list.size()), denied.list.data(), 0, nullptr,
                                 static_cast<DWORD>(allowed.list.size()), allowed.list.data(), restricted.out()) &&
           set_default_rights(restricted.get(), service);
}

/* Nothing that makes an interpreter run something else (NODE_OPTIONS): only what Windows' own libraries look for. */
std::wstring plain_environment()
{
    std::wstring block;
    for (const wchar_t *name : { L"ALLUSERSPROFILE", L"COMPUTERNAME", L"ProgramData", L"ProgramFiles", L"SystemDrive", L"SystemRoot", L"TEMP", L"TMP", L"windir" }) {
        wchar_t value[1024];
        const DWORD size = GetEnvironmentVariableW(name, value, 1024);
        if (size > 0 && size < 1024)
            block += std::wstring(name) + L'=' + value + L'\0';
    }
    /* The reader program's calls into PC/SC wait on threads of Node's: threadsFor of native/pcsc/settings.ts. Node reads this only at its start. */
    block += std::wstring(L"UV_THREADPOOL_SIZE=68") + L'\0';
    return block + L'\0';
}

/* Only these handles are inherited. */
struct Inherited {
    std::vector<unsigned char> bytes;
    std::vector<HANDLE> handles;
    LPPROC_THREAD_ATTRIBUTE_LIST list = nullptr;
    explicit Inherited(std::initializer_list<HANDLE> wanted)
    {
        SIZE_T size = 0;
        for (const HANDLE handle : wanted)
            if (handle != nullptr && std::find(handles.begin(), handles.end(), handle) == handles.end() && SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
                handles.push_back(handle);
        InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
        bytes.resize(size);
        list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(bytes.data());
        if (!InitializeProcThreadAttributeList(list, 1, 0, &size) ||
            (!handles.empty() && !UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles.data(), handles.size() * sizeof(HANDLE), nullptr, nullptr)))
            list = nullptr;
    }
    ~Inherited()
    {
        if (list != nullptr)
            DeleteProcThreadAttributeList(list);
        for (const HANDLE handle : handles)
            SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0);
    }
    Inherited(const Inherited &) = delete;
    Inherited &operator=(const Inherited &) = delete;
};

} // namespace

std::wstring program_of(const std::wstring &line)
{
    return line.rfind(L'"', 0) == 0 ? line.substr(1, line.find(L'"', 1) - 1) : line.substr(0, line.find(L' '));
}

std::wstring service_sid(const wchar_t *name)
{
    std::wstring upper;
    for (const wchar_t *c = name; *c != 0; c++)
        upper += static_cast<wchar_t>(towupper(*c));
    BCRYPT_ALG_HANDLE sha = nullptr;
    ULONG parts[5] = {};
    if (BCryptOpenAlgorithmProvider(&sha, BCRYPT_SHA1_ALGORITHM, nullptr, 0) < 0)
        return {};
    const bool done = BCryptHash(sha, nullptr, 0, reinterpret_cast<PUCHAR>(upper.data()), static_cast<ULONG>(upper.size() * sizeof(wchar_t)), reinterpret_cast<PUCHAR>(parts), sizeof parts) >= 0;
    BCryptCloseAlgorithmProvider(sha, 0);
    std::wstring sid = L"S-1-5-80";
    for (const ULONG part : parts)
        sid += L'-' + std::to_wstring(part);
    return done ? sid : std::wstring();
}

Child::Child(HANDLE port, ULONG_PTR key) : job(CreateJobObjectW(nullptr, nullptr))
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    JOBOBJECT_BASIC_UI_RESTRICTIONS screen = { JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_EXITWINDOWS | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS | JOB_OBJECT_UILIMIT_WRITECLIPBOARD |
                                               JOB_OBJECT_UILIMIT_READCLIPBOARD | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS };
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT news = { reinterpret_cast<PVOID>(key), port };

    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_ACTIVE_PROCESS | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    limits.BasicLimitInformation.ActiveProcessLimit = 8;
    /* Where one of these cannot be set there is no job, and so no child. */
    if (!SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits) ||
        !SetInformationJobObject(job.get(), JobObjectAssociateCompletionPortInformation, &news, sizeof news))
        job.reset();
    else
        static_cast<void>(SetInformationJobObject(job.get(), JobObjectBasicUIRestrictions, &screen, sizeof screen)); /* no session of its own to reach: only a second fence */
}

DWORD Child::start(const std::wstring &command, Rights rights, HANDLE in, HANDLE out, HANDLE log)
{
    STARTUPINFOEXW about = {};
    PROCESS_INFORMATION process;
    std::wstring line = command, program = program_of(command), environment = plain_environment();
    Inherited inherited{ in, out, log };
    Handle token;

    end();
    if (!job || inherited.list == nullptr || !restrict(rights, token))
        return GetLastError() == 0 ? ERROR_GEN_FAILURE : GetLastError();
    about.StartupInfo.cb = sizeof about;
    about.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    about.StartupInfo.hStdInput = in;
    about.StartupInfo.hStdOutput = out;
    about.StartupInfo.hStdError = log;
    about.lpAttributeList = inherited.list;
    const DWORD how = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    if (!CreateProcessAsUserW(token.get(), program.c_str(), line.data(), nullptr, nullptr, TRUE, how, environment.data(), nullptr, &about.StartupInfo, &process))
        return GetLastError();
    const Handle thread(process.hThread);
    running_process.reset(process.hProcess);
    number = process.dwProcessId;
    /* Not one instruction of it runs outside of the job. */
    if (AssignProcessToJobObject(job.get(), process.hProcess) && ResumeThread(process.hThread) != ~0u)
        return 0;
    const DWORD error = GetLastError();
    TerminateProcess(process.hProcess, ERROR_ACCESS_DENIED);
    running_process.reset();
    number = 0;
    return error;
}

bool Child::running() const
{
    return running_process && WaitForSingleObject(running_process.get(), 0) == WAIT_TIMEOUT;
}

void Child::end(DWORD patience)
{
    if (!running_process)
        return;
    TerminateJobObject(job.get(), ERROR_PROCESS_ABORTED);
    static_cast<void>(WaitForSingleObject(running_process.get(), patience)); /* one that hangs in a driver hangs there; we go on */
    running_process.reset();
    number = 0;
}

} // namespace tapward
