# A person with a Windows machine, as its administrator, comes in; a list of what only a real Windows can show goes out: PASS, FAIL,
# or LOOK where a person has to see it. Reads only; the three steps that do something ask first, each time.
#
#   powershell -ExecutionPolicy Bypass -File verify.ps1
#
# Exit code: the number of FAILs.
[CmdletBinding()]
param()
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$script:fails = 0

# One line of the list.
function Show-Result([string] $Kind, [string] $What, [string] $Detail = '') {
    if ($Kind -eq 'FAIL') { $script:fails++ }
    $colour = @{ PASS = 'Green'; FAIL = 'Red'; LOOK = 'Yellow'; SKIP = 'Gray' }[$Kind]
    Write-Host ('{0}  {1}' -f $Kind, $What) -ForegroundColor $colour
    if ($Detail -ne '') { Write-Host ('      {0}' -f $Detail) }
}

# Runs a check that returns a Boolean; an error is a FAIL with its words.
function Test-That([string] $What, [scriptblock] $Check, [string] $Mend = '') {
    try {
        if (& $Check) { Show-Result PASS $What } else { Show-Result FAIL $What $Mend }
    } catch {
        Show-Result FAIL $What $_.Exception.Message
    }
}

# True only for a typed "yes".
function Confirm-Step([string] $Question) {
    return ((Read-Host ('{0} Type yes to do it' -f $Question)) -eq 'yes')
}

function Get-HostSetting([string] $Name) {
    $key = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Tapward\Host' -ErrorAction SilentlyContinue
    if ($null -eq $key -or -not ($key.PSObject.Properties.Name -contains $Name)) { return '' }
    return [string] $key.$Name
}

function Get-HostLog {
    $folder = Get-HostSetting 'Folder'
    if ($folder -eq '') { $folder = Join-Path $env:ProgramData 'Tapward-Host' }
    return @(Get-Content -Path (Join-Path $folder 'host.log') -ErrorAction SilentlyContinue)
}

# The host's child with the agent's line of the registry: reader, faces and helpers are its children, too.
function Get-Agent {
    $line = (Get-HostSetting 'Agent').Trim()
    $parent = (Get-CimInstance Win32_Service -Filter "Name='Tapward'").ProcessId
    return @(Get-CimInstance Win32_Process -Filter ('ParentProcessId={0}' -f $parent) | Where-Object { $line -ne '' -and ([string] $_.CommandLine).Trim() -eq $line })
}

$service = Get-CimInstance Win32_Service -Filter "Name='Tapward'" -ErrorAction SilentlyContinue
$identity = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Show-Result FAIL 'this runs as an administrator' 'Open PowerShell with "Run as administrator" and start it again.'
    exit 1
}
if ($null -eq $service) {
    Show-Result FAIL 'the service is installed' 'As an administrator: tapward-host install'
    exit 1
}

Write-Host ('Windows {0}, {1}' -f [Environment]::OSVersion.Version, (Get-CimInstance Win32_OperatingSystem).Caption)
Write-Host ''
Write-Host '1. The service and its rights'
Test-That 'it runs as LocalSystem' { $service.StartName -eq 'LocalSystem' }
Test-That 'it is running' { $service.State -eq 'Running' } 'sc start Tapward; then read host.log.'
Test-That 'its path is quoted' { $service.PathName -match '^".*"$' } 'Install it again with this version.'
Test-That 'it has a service SID, S-1-5-80-...' { (& sc.exe qsidtype Tapward | Out-String) -match 'UNRESTRICTED' } 'Install it again: the agent cannot write without it.'
Test-That 'it keeps only five privileges' { ([regex]::Matches((& sc.exe qprivs Tapward | Out-String), 'Se\w+Privilege')).Count -eq 5 }
Test-That 'Windows restarts it whenever it fails' {
    # SERVICE_FAILURE_ACTIONS as the registry keeps it: five numbers, the fourth says how many actions follow, each a kind (1: restart) and a delay. sc.exe says it in the language of this Windows.
    $kept = [byte[]] (Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\Tapward').FailureActions
    $count = [BitConverter]::ToInt32($kept, 12)
    $count -eq 3 -and @(0..($count - 1) | Where-Object { [BitConverter]::ToInt32($kept, 20 + 8 * $_) -ne 1 }).Count -eq 0
} 'Repair the installation.'
Test-That 'only SYSTEM and the installers write to its settings' {
    $rules = (Get-Acl 'HKLM:\SOFTWARE\Tapward\Host').GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
    $writers = @($rules | Where-Object { $_.AccessControlType -eq 'Allow' -and ([int] $_.RegistryRights -band 0x6) -ne 0 } | ForEach-Object { $_.IdentityReference.Value } | Sort-Object -Unique)
    @($writers | Where-Object { $_ -notin 'S-1-5-18', 'S-1-5-32-544', 'S-1-3-0' }).Count -eq 0
}
$hostProcess = Get-CimInstance Win32_Process -Filter ('ProcessId={0}' -f $service.ProcessId) -ErrorAction SilentlyContinue
$children = @(Get-CimInstance Win32_Process -Filter ('ParentProcessId={0}' -f $service.ProcessId) -ErrorAction SilentlyContinue)
Test-That 'its executable is signed' { $null -ne $hostProcess -and (Get-AuthenticodeSignature $hostProcess.ExecutablePath).Status -eq 'Valid' } 'Smart App Control or WDAC would stop it.'
Test-That 'the agent runs as its child' { @(Get-Agent).Count -eq 1 } 'See agent.log beside host.log.'
foreach ($child in $children) {
    Show-Result LOOK ('process {0} ({1})' -f $child.ProcessId, $child.Name) 'In Process Explorer, Security: the agent shows NT AUTHORITY\SYSTEM as Deny, its service SID as Restricted, and no privilege but SeChangeNotify. The reader program: no privilege but that.'
}

Write-Host ''
Write-Host '2. Pipes'
$pipes = @([IO.Directory]::GetFiles('\\.\pipe\') | ForEach-Object { $_ -replace '^.*\\', '' })
foreach ($name in 'tapward-cp', 'tapward-agent') {
    Test-That ('{0} exists' -f $name) { $pipes -contains $name }
    # This is an administrator, and still none of those who may enter.
    Test-That ('{0} refuses an administrator' -f $name) {
        $client = New-Object IO.Pipes.NamedPipeClientStream('.', $name, [IO.Pipes.PipeDirection]::InOut)
        try { $client.Connect(500); $false } catch [UnauthorizedAccessException] { $true } finally { $client.Dispose() }
    }
    Test-That ('{0} has no second owner' -f $name) {
        try { (New-Object IO.Pipes.NamedPipeServerStream($name, [IO.Pipes.PipeDirection]::InOut, 10)).Dispose(); $false } catch [UnauthorizedAccessException] { $true } catch [IO.IOException] { $true }
    }
}
Show-Result LOOK 'no pipe is reached from another computer' ('From another one: [IO.File]::Open("\\{0}\pipe\tapward-cp", "Open") must be refused.' -f $env:COMPUTERNAME)

Write-Host ''
Write-Host '3. Sealing'
Test-That 'Windows can use a TPM' { (Get-Tpm).TpmReady } 'Without it no password is kept (TW2004).'
Test-That 'the host can use it, too' { -not (@(Get-HostLog | Select-Object -Last 50) -match 'TW2004') }
Test-That 'this is no build for tests' { -not (@(Get-HostLog) -match 'TW2005') } 'Install the released one.'
Test-That 'nobody else reads the sealed records' {
    $folder = Get-HostSetting 'Folder'
    if ($folder -eq '') { $folder = Join-Path $env:ProgramData 'Tapward-Host' }
    $rules = (Get-Acl $folder).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
    @($rules | Where-Object { $_.IdentityReference.Value -ne 'S-1-5-18' }).Count -eq 0
}

Test-That 'nobody but SYSTEM, the agent and the installers enters the agent''s folder' {
    $folder = Get-HostSetting 'State'
    if ($folder -eq '') { $folder = Join-Path $env:ProgramData 'Tapward' }
    $rules = (Get-Acl $folder).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
    @($rules | Where-Object { $_.IdentityReference.Value -notmatch '^S-1-5-(18$|32-544$|80-)' }).Count -eq 0
} 'TW2019 in host.log says what to do.'
Show-Result LOOK 'the agent has its machine key' 'machine.dpapi lies in its folder, and agent.log there shows no TW1702 and no TW1003.'
Show-Result LOOK 'an upgrade that fails leaves the version before, running' 'On a machine for trials, with a copy of its store.db: while the service runs write 99 over the byte at 63, then install a newer MSI. It ends with 1603, the Application log says TW1007, and with the copy put back and the service restarted section 1 passes again.'
Show-Result LOOK 'an open session is listed as open' 'The agent, ended below while somebody is signed in, starts anew and has that session locked or disconnected within 5 s.'

Write-Host ''
Write-Host '4. The logon screen'
$provider = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\Credential Providers'
Test-That 'the password provider is there: nobody is locked out' { (Test-Path ('{0}\{{60b78e88-ead8-445c-9cfd-0b87f74ea6cd}}' -f $provider)) }
foreach ($line in @(
        'Win+L shows our tile, and beside it the password''s.',
        'A tap and a PIN at the locked screen open the session without a press of Sign-in. Where Windows wants the press, the arrow works.',
        'A tap while the curtain (the picture before the fields) is up, and while the display sleeps, does the same.',
        'A second person''s tap at the locked screen shows her session; the first one''s stays. Taps go back and forth ten times.',
        'A password changed elsewhere: one refusal, then the password is asked for once, then taps work. The account is not locked out.',
        'Over Remote Desktop our tile says nothing of a tap.',
        'In Safe Mode the password works.'
    )) { Show-Result LOOK $line }
Show-Result LOOK 'first logon, unlock and switch: how long each takes, ten times' 'Write down Windows edition, domain or Entra, and whether a smart-card reader is connected.'

Write-Host ''
Write-Host '5. What changes something: each asks first'
if (Confirm-Step 'Lock this session, to see that Windows reports it to the host?') {
    $before = Get-Date
    & rundll32.exe 'user32.dll,LockWorkStation'
    Read-Host 'Sign in again, then press Enter' | Out-Null
    Show-Result LOOK ('the ledger shows a lock after {0:T}, and that it was opened again' -f $before) 'tapward why'
} else { Show-Result SKIP 'lock' }
$agent = @(Get-Agent)
if ($agent.Count -eq 1 -and (Confirm-Step 'End the agent, to see that what it had opened is disconnected? Save your work first: this session may be one of them.')) {
    $count = @(Get-HostLog).Count
    Stop-Process -Id $agent[0].ProcessId -Force
    Start-Sleep -Seconds 5
    $new = @(Get-HostLog | Select-Object -Skip $count)
    Test-That 'the host noticed (TW2013) and started it again (TW2012)' { (@($new) -match 'TW2013').Count -ge 1 -and (@($new) -match 'TW2012').Count -ge 1 }
    Show-Result LOOK 'a session that a tap had opened now shows the logon screen'
} else { Show-Result SKIP 'the agent''s end' }
if (Confirm-Step 'Put the computer to sleep now, to see that it wakes up locked?') {
    Add-Type -AssemblyName System.Windows.Forms
    [Windows.Forms.Application]::SetSuspendState([Windows.Forms.PowerState]::Suspend, $false, $false) | Out-Null
    Read-Host 'Once awake and signed in, press Enter' | Out-Null
    Show-Result LOOK 'it woke up locked, and a grant from before the sleep opened nothing'
} else { Show-Result SKIP 'sleep' }

Write-Host ''
Write-Host ('{0} FAIL. Send this list and host.log to whoever looks after Tapward: neither holds a name or a secret.' -f $script:fails)
exit $script:fails
