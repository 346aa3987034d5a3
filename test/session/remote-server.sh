#!/bin/sh
# A folder, a port and an account's name come in, its password on standard input; a real xrdp with that one account goes out, in a mount namespace of its own (start this with
# `unshare -m`). Each session of the account appends a line to the folder's `sessions` as it begins.
set -eu
cd "$1"
port=$2
name=$3
mkdir -p etc/xrdp home
cp /etc/passwd /etc/shadow /etc/group etc/
cp -r /etc/xrdp/. etc/xrdp/
echo "$name:x:4711:4711::$1/home:/bin/sh" >>etc/passwd
echo "$name:x:4711:" >>etc/group
echo "$name:$(openssl passwd -6 -stdin):19000:0:99999:7:::" >>etc/shadow
touch sessions
chown 4711:4711 home sessions
chmod 700 home
openssl req -x509 -newkey rsa:2048 -nodes -keyout etc/xrdp/key.pem -out etc/xrdp/cert-own.pem -days 2 -subj /CN=127.0.0.1 2>/dev/null
openssl x509 -in etc/xrdp/cert-own.pem -noout -fingerprint -sha256 | sed 's/.*=//' >fingerprint
cat >etc/xrdp/startwm.sh <<END
#!/bin/sh
echo \$\$ >>$1/sessions
exec sleep 600
END
cat >etc/xrdp/xrdp.ini <<END
[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:$port
security_layer=tls
certificate=/etc/xrdp/cert-own.pem
key_file=/etc/xrdp/key.pem
autorun=Xvnc
allow_channels=true
max_bpp=32
[Logging]
LogFile=$1/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Xvnc]
name=Xvnc
lib=libvnc.so
username=ask
password=ask
ip=127.0.0.1
port=-1
END
sed -i -e "s/^ListenPort=.*/ListenPort=$((port + 1))/" -e "s|^LogFile=.*|LogFile=$1/sesman.log|" -e 's/EnableSyslog=true/EnableSyslog=false/' \
  -e 's/^EnableUserWindowManager=.*/EnableUserWindowManager=false/' -e "s/^X11DisplayOffset=.*/X11DisplayOffset=$((port % 1000 + 100))/" etc/xrdp/sesman.ini
for file in passwd shadow group; do mount --bind "etc/$file" "/etc/$file"; done
mount --bind etc/xrdp /etc/xrdp
mount -t tmpfs none /run
xrdp-sesman -n </dev/null >/dev/null 2>&1 &
exec xrdp -n
