using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Texts of every kind, most without a name that says secret. They were written without a look at the rules; rules were made from what leaked.</summary>
internal static class Elsewhere
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Terminals, shell history, command line tools
        ("sshpass in history", static (v, s) =>
            $"  411  cd /srv/{v.Word()}\n  412  sshpass -p '{s}' ssh -o StrictHostKeyChecking=no admin@10.2.0.14 uptime\n  413  exit\n"
        ),
        ("mysqldump glued p", static (v, s) =>
            $"#!/bin/sh\nset -e\nmysqldump -h db02 -u backup -p{s} --single-transaction shop | gzip > /backup/shop-$(date +%F).sql.gz\nfind /backup -mtime +14 -delete\n"
        ),
        ("expect script", static (v, s) => $$"""
                #!/usr/bin/expect -f
                set timeout 20
                spawn ssh netadmin@sw-core-01
                expect "assword:"
                send "{{s}}\r"
                expect "#"
                send "show version\r"
                expect eof
                """),
        ("sudo -S pipe", static (v, s) => $"echo '{s}' | sudo -S systemctl restart {v.Word()}.service && journalctl -u {v.Word()} -n 20"),
        ("openssl passin", static (v, s) =>
            $"$ openssl pkcs12 -in wildcard-2024.pfx -nocerts -nodes -passin pass:{s} -out key.pem\n$ ls -l key.pem\n-rw------- 1 ada ada 1854 Mar  3 10:11 key.pem"
        ),
        ("ldapsearch bind", static (v, s) =>
            $"ldapsearch -x -H ldaps://dc1.corp.example -D 'cn=svc-sync,ou=service,dc=corp,dc=example' -w '{s}' -b 'dc=corp,dc=example' '(uid=mueller)' memberOf"
        ),
        ("smbclient percent", static (v, s) => $"smbclient //nas01/finance -U 'CORP\\ada%{s}' -c 'ls; get Q3.xlsx'"),
        ("net use drive", static (v, s) =>
            $"@echo off\r\nrem map the scan share for the front desk\r\nnet use Z: \\\\fs01\\scans {s} /user:CORP\\scanner /persistent:no\r\nrobocopy Z:\\ C:\\Scans *.pdf /MOV\r\n"
        ),
        ("curl -u jenkins", static (v, s) =>
            $"curl -fsS -X POST -u deploy-bot:{s} 'https://ci.example.org/job/{v.Word()}/buildWithParameters?REV={v.Hex(8)}'"
        ),
        ("7z glued p", static (v, s) =>
            $"\"C:\\Program Files\\7-Zip\\7z.exe\" a -t7z -mhe=on -p{s} D:\\Backup\\mandanten.7z D:\\Daten\\Mandanten\\*"
        ),
        ("chpasswd pipe", static (v, s) =>
            $"useradd -m -s /bin/bash {v.Any("lena", "tomas", "joao")}\necho \"lena:{s}\" | chpasswd\nchage -d 0 lena"
        ),
        ("sqlplus logon", static (v, s) => $"[oracle@ora19 ~]$ sqlplus -s scott/{s}@//ora19.lan:1521/ORCLPDB1 @report.sql > report.txt"),
        ("gpg passphrase", static (v, s) =>
            $"gpg --batch --yes --pinentry-mode loopback --passphrase '{s}' --decrypt -o dump.sql dump.sql.gpg"
        ),
        ("cryptsetup stdin", static (v, s) =>
            $"printf '%s' '{s}' | cryptsetup luksOpen /dev/disk/by-uuid/{v.Uuid()} vault --key-file -\nmount /dev/mapper/vault /mnt/vault"
        ),
        ("nmcli wifi", static (v, s) =>
            $"pi@raspberrypi:~ $ sudo nmcli device wifi connect \"Workshop-5G\" password \"{s}\" ifname wlan0\nDevice 'wlan0' successfully activated with '{v.Uuid()}'."
        ),
        ("keytool storepass", static (v, s) =>
            $"keytool -list -v -keystore release.jks -alias upload -storepass {s} | grep SHA1\n         SHA1: 5E:8F:16:06:2E:A3:CD:2C:4A:0D:54:78:76:BA:A6:F3:8C:AB:F6:25"
        ),
        ("vault login argument", static (v, s) =>
            $"$ export VAULT_ADDR=https://vault.example.net:8200\n$ vault login -no-print {s}\n$ vault kv list kv/teams"
        ),
        ("az service principal", static (v, s) =>
            $"az login --service-principal -u {v.Uuid()} -p '{s}' --tenant {v.Uuid()}\naz account set --subscription {v.Uuid()}"
        ),
        ("schtasks run as", static (v, s) =>
            $"schtasks /Create /TN \"Nightly Export\" /TR C:\\Jobs\\export.cmd /SC DAILY /ST 02:15 /RU CORP\\svc_export /RP {s} /F"
        ),
        ("fish universal variable", static (v, s) =>
            $"- cmd: set -Ux HCLOUD_TOKEN {s}\n  when: 1714060211\n- cmd: hcloud server list\n  when: 1714060219"
        ),
        ("notarytool", static (v, s) =>
            $"xcrun notarytool submit build/App.dmg --apple-id dev@example.com --team-id {v.Of("ABCDEFGHJKLMNPQRSTUVWXYZ", 10)} --password {s} --wait\n  id: {v.Uuid()}\n  status: Accepted"
        ),
        ("sonar scanner property", static (v, s) =>
            $"mvn -B verify sonar:sonar -Dsonar.host.url=https://sonar.example.org -Dsonar.projectKey={v.Word()} -Dsonar.login={s}"
        ),
        ("ps listing argument", static (v, s) =>
            $"  PID TTY      STAT   TIME COMMAND\n    1 ?        Ss     0:04 /sbin/init\n 2217 ?        Sl    12:40 /usr/bin/davfs-sync --user=ada --pass {s} --remote https://dav.example.net/ada\n 2290 pts/0    R+     0:00 ps ax"
        ),
        ("auditd execve", static (v, s) =>
            $"type=EXECVE msg=audit(1714567890.123:4471): argc=6 a0=\"mysql\" a1=\"-uroot\" a2=\"--password\" a3=\"{s}\" a4=\"-e\" a5=\"FLUSH PRIVILEGES\"\ntype=CWD msg=audit(1714567890.123:4471): cwd=\"/root\""
        ),
        ("pass show", static (v, s) => $"~ $ pass show work/mail.example.org\n{s}\nlogin: ada.l\nurl: https://mail.example.org\n~ $ "),
        ("op item get", static (v, s) =>
            $"$ op item get 'Payroll portal' --reveal\nID:          {v.Of("abcdefghijklmnopqrstuvwxyz234567", 26)}\nTitle:       Payroll portal\nVault:       HR\nFields:\n  username:    hr-office\n  password:    {s}\n  website:     https://payroll.example.com"
        ),
        ("kubeadm join discovery", static (v, s) =>
            $"Then you can join any number of worker nodes by running the following on each as root:\n\nkubeadm join 10.0.0.10:6443 --token {s} \\\n\t--discovery-token-ca-cert-hash sha256:{v.Hex(64)}\n"
        ),
        ("netsh wlan German", static (v, s) =>
            $"Sicherheitseinstellungen\r\n------------------------\r\n    Authentifizierung         : WPA2-Personal\r\n    Verschlüsselung           : CCMP\r\n    Sicherheitsschlüssel      : Vorhanden\r\n    Schlüsselinhalt           : {s}\r\n"
        ),
        ("elasticsearch reset", static (v, s) =>
            $"root@es01:/usr/share/elasticsearch# bin/elasticsearch-reset-password -u elastic\nThis tool will reset the password of the [elastic] user to an autogenerated value.\nPlease confirm that you would like to continue [y/N]y\n\n\nPassword for the [elastic] user successfully reset.\nNew value: {s}\n"
        ),
        ("interactive passwd echo", static (v, s) =>
            $"login as: operator\noperator@10.8.0.3's password: {s}\nAccess denied\noperator@10.8.0.3's password: \n"
        ),
        // Network and system configuration
        ("wpa_supplicant psk", static (v, s) => $$"""
                ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev
                country=DE
                network={
                    ssid="Lager-Nord"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """),
        ("wifi QR payload", static (v, s) => $"WIFI:T:WPA;S:Cafe Central;P:{s};H:false;;"),
        ("Cisco username secret", static (v, s) =>
            $"hostname edge-rtr-2\n!\naaa new-model\nusername netops privilege 15 secret 0 {s}\n!\ninterface GigabitEthernet0/0\n ip address 10.20.0.1 255.255.255.0\n"
        ),
        ("Cisco snmp community", static (v, s) =>
            $"sw-access-14#show run | include snmp\nsnmp-server community {s} RW 10\nsnmp-server location Building C, floor 2\nsnmp-server contact noc@example.com"
        ),
        ("FortiGate vpn psk", static (v, s) =>
            $"config vpn ipsec phase1-interface\n    edit \"to-branch-7\"\n        set interface \"wan1\"\n        set proposal aes256-sha256\n        set remote-gw 203.0.113.77\n        set psksecret {s}\n    next\nend\n"
        ),
        ("BGP neighbor md5", static (v, s) =>
            $"router bgp 65010\n neighbor 198.51.100.1 remote-as 64500\n neighbor 198.51.100.1 description transit-a\n neighbor 198.51.100.1 password {s}\n address-family ipv4 unicast\n  neighbor 198.51.100.1 activate\n"
        ),
        ("FreeRADIUS client", static (v, s) => $$"""
                client wlc-hq {
                    ipaddr    = 10.30.0.5
                    secret    = {{s}}
                    shortname = wlc
                    nas_type  = other
                }
                """),
        ("chap-secrets", static (v, s) =>
            $"# Secrets for authentication using CHAP\n# client        server  secret                  IP addresses\nroadwarrior\tl2tpd\t{s}\t*\n"
        ),
        ("netrc", static (v, s) => $"machine git.example.org\n  login ada\n  password {s}\nmachine ftp.example.org\n  login anonymous\n"),
        ("pgpass", static (v, s) =>
            $"# ~/.pgpass  hostname:port:database:username:password\npg-prod.internal:5432:billing:billing_ro:{s}\n"
        ),
        ("postfix sasl_passwd", static (v, s) =>
            $"# postmap /etc/postfix/sasl_passwd after edits\n[smtp.relay.example]:587    newsletter@example.com:{s}\n"
        ),
        ("dovecot passwd-file", static (v, s) =>
            $"info@verein.example:{{PLAIN}}{s}:5000:5000::/var/vmail/verein.example/info::userdb_quota_rule=*:storage=2G\n"
        ),
        ("rndc key", static (v, s) => $$"""
                key "rndc-key" {
                    algorithm hmac-sha256;
                    secret "{{s}}";
                };
                controls { inet 127.0.0.1 port 953 allow { 127.0.0.1; } keys { "rndc-key"; }; };
                """),
        ("OpenVPN inline auth", static (v, s) =>
            $"client\ndev tun\nremote vpn.example.net 1194 udp\n<auth-user-pass>\nada.lovelace\n{s}\n</auth-user-pass>\nverb 3\n"
        ),
        ("HAProxy userlist", static (v, s) =>
            $"userlist ops\n    group admins users grace\n    user grace insecure-password {s}\n\nfrontend fe_http\n    bind :80\n    acl ok http_auth(ops)\n"
        ),
        ("nginx upstream header", static (v, s) => $$"""
                location /geo/ {
                    proxy_pass https://api.geo.example/v2/;
                    proxy_set_header Host api.geo.example;
                    proxy_set_header X-Api-Key "{{s}}";
                    proxy_cache_valid 200 1h;
                }
                """),
        ("Apache bearer header", static (v, s) =>
            $"<Location \"/llm\">\n    ProxyPass \"https://inference.example.ai/v1\"\n    RequestHeader set Authorization \"Bearer {s}\"\n    SSLProxyEngine on\n</Location>\n"
        ),
        ("Asterisk voicemail", static (v, s) =>
            $"; mailbox => password,name,email\n[default]\n4501 => {s},Frieda Braun,braun@example.de\n"
        ),
        ("fstab cifs", static (v, s) =>
            $"UUID={v.Uuid()} / ext4 errors=remount-ro 0 1\n//nas.lan/media /mnt/media cifs username=plex,password={s},uid=1000,vers=3.0 0 0\n"
        ),
        ("redis requirepass", static (v, s) =>
            $"bind 127.0.0.1 10.0.4.2\nport 6379\nprotected-mode yes\nrequirepass {s}\nmaxmemory 2gb\nmaxmemory-policy allkeys-lru\n"
        ),
        ("redis ACL file", static (v, s) => $"user default off\nuser queue-worker on >{s} ~jobs:* &* +@read +@write -@dangerous\n"),
        ("Kafka JAAS", static (v, s) =>
            $"security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"svc-ledger\" password=\"{s}\";\ngroup.id={v.Word()}\n"
        ),
        ("SNMPv3 createUser", static (v, s) =>
            $"agentAddress udp:161\ncreateUser monitor SHA-256 \"{s}\" AES\nrouser monitor authPriv\nsysLocation rack 12\n"
        ),
        ("nagios check auth", static (v, s) => $$"""
                define command {
                    command_name  check_intranet
                    command_line  $USER1$/check_http -H intranet.example -S -u /status -a 'nagios:{{s}}' -s OK
                }
                """),
        ("systemd SetCredential", static (v, s) =>
            $"[Service]\nDynamicUser=yes\nSetCredential=dbpass:{s}\nExecStart=/usr/bin/ledgerd --db-pass-file=%d/dbpass\nRestart=on-failure\n"
        ),
        ("kickstart rootpw", static (v, s) =>
            $"lang en_US.UTF-8\nkeyboard de\ntimezone Europe/Berlin --utc\nrootpw --plaintext {s}\nclearpart --all --initlabel\nautopart --type=lvm\nreboot\n"
        ),
        ("autounattend.xml", static (v, s) =>
            $"<UserAccounts>\n  <AdministratorPassword>\n    <Value>{s}</Value>\n    <PlainText>true</PlainText>\n  </AdministratorPassword>\n</UserAccounts>\n<TimeZone>W. Europe Standard Time</TimeZone>\n"
        ),
        ("registry autologon", static (v, s) =>
            $"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon]\r\n\"AutoAdminLogon\"=\"1\"\r\n\"DefaultUserName\"=\"kasse\"\r\n\"DefaultPassword\"=\"{s}\"\r\n"
        ),
        ("grub superuser", static (v, s) =>
            $"#!/bin/sh\nexec tail -n +3 $0\nset superusers=\"root\"\npassword root {s}\nmenuentry 'Rescue' --users root {{\n  linux /vmlinuz single\n}}\n"
        ),
        // Infrastructure as code, builds, packages
        ("Ansible inventory become", static (v, s) =>
            $"[db]\ndb01 ansible_host=10.5.0.11 ansible_user=ops ansible_become_pass={s}\ndb02 ansible_host=10.5.0.12 ansible_user=ops\n"
        ),
        ("Puppet function", static (v, s) => $$"""
                postgresql::server::db { 'inventory':
                  user     => 'inventory',
                  password => postgresql::postgresql_password('inventory', '{{s}}'),
                }
                """),
        ("Chef attribute", static (v, s) =>
            $"default['mysql']['version'] = '8.0'\ndefault['mysql']['port'] = 3306\ndefault['mysql']['server_root_pw'] = '{s}'\ndefault['mysql']['bind'] = '0.0.0.0'\n"
        ),
        ("Terraform plan line", static (v, s) => $$"""
                  # azurerm_mssql_server.main will be created
                  + resource "azurerm_mssql_server" "main" {
                      + administrator_login          = "sqladmin"
                      + administrator_login_password = "{{s}}"
                      + location                     = "westeurope"
                      + version                      = "12.0"
                    }

                Plan: 1 to add, 0 to change, 0 to destroy.
                """),
        ("Terraform state output", static (v, s) => $$"""
                {
                  "version": 4,
                  "terraform_version": "1.7.5",
                  "serial": 88,
                  "lineage": "{{v.Uuid()}}",
                  "outputs": {
                    "grafana_admin": {
                      "value": "{{s}}",
                      "type": "string",
                      "sensitive": true
                    }
                  }
                }
                """),
        ("Kustomize literals", static (v, s) =>
            $"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsecretGenerator:\n  - name: smtp\n    literals:\n      - user=mailer\n      - pass={s}\n"
        ),
        ("Kubernetes Secret data", static (v, s) =>
            $"apiVersion: v1\nkind: Secret\nmetadata:\n  name: ledger-db\n  uid: {v.Uuid()}\ntype: Opaque\ndata:\n  db-pass: {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}\n"
        ),
        ("Dockerfile ARG default", static (v, s) =>
            $"FROM node:20-alpine AS build\nARG NPM_READ_TOKEN={s}\nRUN npm config set //npm.example.com/:_authToken=$NPM_READ_TOKEN && npm ci\nCOPY . .\n"
        ),
        ("NixOS initialPassword", static (v, s) =>
            $"users.users.mika = {{\n  isNormalUser = true;\n  extraGroups = [ \"wheel\" \"video\" ];\n  initialPassword = \"{s}\";\n}};\n"
        ),
        ("npmrc authToken", static (v, s) =>
            $"@acme:registry=https://npm.pkg.acme.example/\n//npm.pkg.acme.example/:_authToken={s}\nalways-auth=true\n"
        ),
        ("pip index url", static (v, s) =>
            $"[global]\nindex-url = https://reader:{Uri.EscapeDataString(s)}@pypi.internal.example/simple\ntimeout = 30\n"
        ),
        ("NuGet ClearTextPassword", static (v, s) =>
            $"<packageSourceCredentials>\n  <InternalFeed>\n    <add key=\"Username\" value=\"az\" />\n    <add key=\"ClearTextPassword\" value=\"{s}\" />\n  </InternalFeed>\n</packageSourceCredentials>\n"
        ),
        ("Gradle signingConfigs", static (v, s) => $$"""
                signingConfigs {
                    release {
                        storeFile file('../upload.jks')
                        keyAlias 'upload'
                        keyPassword '{{s}}'
                    }
                }
                """),
        ("Jenkins Groovy credentials", static (v, s) => $$"""
                import com.cloudbees.plugins.credentials.impl.*
                def store = SystemCredentialsProvider.getInstance().getStore()
                def c = new UsernamePasswordCredentialsImpl(CredentialsScope.GLOBAL, "nexus-deploy", "Nexus deploy user", "deployer", "{{s}}")
                store.addCredentials(Domain.global(), c)
                """),
        ("GitLab CI variables API", static (v, s) =>
            $$"""[{"variable_type":"env_var","key":"PLAY_STORE_UPLOAD_KEY","value":"{{s}}","hidden":false,"protected":true,"masked":true,"raw":false,"environment_scope":"*"}]"""
        ),
        ("Azure DevOps setvariable", static (v, s) =>
            $"2024-05-02T09:12:44.1030021Z ##[section]Starting: Resolve settings\n2024-05-02T09:12:45.5127780Z ##vso[task.setvariable variable=SqlAdminPwd;issecret=true]{s}\n2024-05-02T09:12:45.6011194Z ##[section]Finishing: Resolve settings"
        ),
        ("Erlang hex config", static (v, s) =>
            $"{{'$write_key', <<\"{s}\">>}}.\n{{username, <<\"{v.Word()}\">>}}.\n{{api_url, <<\"https://hex.pm/api\">>}}.\n"
        ),
        ("Erlang cookie", static (v, s) => $"## vm.args\n-name broker@10.0.3.7\n-setcookie {s}\n+K true\n+A 64\n"),
        ("Info.plist keys", static (v, s) =>
            $"<dict>\n\t<key>CFBundleIdentifier</key>\n\t<string>com.example.courier</string>\n\t<key>MapsAPIKey</key>\n\t<string>{s}</string>\n\t<key>LSRequiresIPhoneOS</key>\n\t<true/>\n</dict>\n"
        ),
        ("FileZilla site", static (v, s) =>
            $"<Server>\n\t<Host>ftp.druckerei.example</Host>\n\t<Port>21</Port>\n\t<Protocol>0</Protocol>\n\t<User>satz</User>\n\t<Pass encoding=\"base64\">{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}</Pass>\n\t<Logontype>1</Logontype>\n</Server>\n"
        ),
        ("git remote url", static (v, s) => $"origin\thttps://oauth2:{s}@gitlab.example.com/platform/{v.Word()}.git (fetch)\n"),
        // Databases
        ("MySQL create user", static (v, s) =>
            $"CREATE USER 'report'@'10.%' IDENTIFIED BY '{s}';\nGRANT SELECT ON sales.* TO 'report'@'10.%';\nFLUSH PRIVILEGES;\n"
        ),
        ("Postgres alter role", static (v, s) =>
            $"LOG:  duration: 2.113 ms  statement: ALTER ROLE app_rw WITH LOGIN ENCRYPTED PASSWORD '{s}' VALID UNTIL 'infinity';"
        ),
        ("SQL Server master key", static (v, s) =>
            $"USE Payroll;\nGO\nCREATE MASTER KEY ENCRYPTION BY PASSWORD = N'{s}';\nGO\nCREATE CERTIFICATE PayCert WITH SUBJECT = 'Column encryption';\nGO\n"
        ),
        ("Oracle database link", static (v, s) =>
            $"CREATE DATABASE LINK dwh_link\n  CONNECT TO dwh_reader IDENTIFIED BY \"{s}\"\n  USING '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=dwh)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=dwh)))';"
        ),
        ("Snowflake stage", static (v, s) =>
            $"CREATE OR REPLACE STAGE raw.landing\n  URL = 's3://acme-landing/in/'\n  CREDENTIALS = (AWS_KEY_ID = 'AKIA{v.Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}' AWS_SECRET_KEY = '{s}')\n  FILE_FORMAT = (TYPE = PARQUET);"
        ),
        ("pgcrypto key in query", static (v, s) =>
            $"SELECT id, pgp_sym_decrypt(iban_enc, '{s}') AS iban\n  FROM customers\n WHERE id = {v.Of("123456789", 5)};"
        ),
        ("SQLCipher pragma", static (v, s) =>
            $"$ sqlcipher messages.db\nSQLCipher version 4.5.6\nsqlite> PRAGMA key = '{s}';\nok\nsqlite> .tables\nattachments  messages  threads"
        ),
        ("psql initial password column", static (v, s) =>
            $" id  |  login   |      initial_password      | must_change\n-----+----------+----------------------------+-------------\n 204 | kowalski | {s} | t\n(1 row)\n"
        ),
        ("mongo createUser", static (v, s) => $$"""
                rs0 [primary] admin> db.createUser({ user: "metrics", pwd: "{{s}}", roles: [ { role: "clusterMonitor", db: "admin" } ] })
                { ok: 1 }
                """),
        ("ADO.NET Pwd", static (v, s) =>
            $$"""<add name="Erp" connectionString="Server=sql02;Database=Erp;Uid=erp_web;Pwd={{s}};Encrypt=True" providerName="System.Data.SqlClient" />"""
        ),
        // Code and sessions
        ("JDBC getConnection", static (v, s) =>
            $"try (Connection c = DriverManager.getConnection(\"jdbc:postgresql://pg:5432/orders\", \"orders_app\", \"{s}\")) {{\n    c.setAutoCommit(false);\n}}"
        ),
        ("Go mysql DSN", static (v, s) =>
            $"db, err := sql.Open(\"mysql\", \"tracker:{s}@tcp(10.1.0.6:3306)/tracker?parseTime=true\")\nif err != nil {{\n\tlog.Fatal(err)\n}}"
        ),
        ("Rust reqwest basic_auth", static (v, s) =>
            $"let body = client\n    .get(\"https://jira.example.com/rest/api/2/myself\")\n    .basic_auth(\"sync-bot\", Some(\"{s}\"))\n    .send()\n    .await?;"
        ),
        ("WordPress wp-config", static (v, s) =>
            $"define( 'DB_NAME', 'wp_{v.Word()}' );\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '{s}' );\ndefine( 'DB_CHARSET', 'utf8mb4' );\n$table_prefix = 'wp_';\n"
        ),
        ("PHP PDO trace", static (v, s) =>
            $"PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/lib/Db.php:21\nStack trace:\n#0 /var/www/lib/Db.php(21): PDO->__construct('mysql:host=db;db...', 'shopuser', '{s}', Array)\n#1 /var/www/index.php(8): Db::open()\n#2 {{main}}\n"
        ),
        ("Ruby HMAC", static (v, s) =>
            $"def valid?(payload, signature)\n  expected = OpenSSL::HMAC.hexdigest('SHA256', '{s}', payload)\n  Rack::Utils.secure_compare(expected, signature)\nend"
        ),
        ("Perl DBI", static (v, s) =>
            $"use DBI;\nmy $dbh = DBI->connect('dbi:mysql:database=library;host=localhost', 'librarian', '{s}', {{ RaiseError => 1 }});\nmy $sth = $dbh->prepare('SELECT title FROM books');"
        ),
        ("R dbConnect", static (v, s) =>
            $"> library(odbc)\n> con <- dbConnect(odbc(), Driver = \"ODBC Driver 18 for SQL Server\", Server = \"stats01\", UID = \"rstudio\", PWD = \"{s}\")\n> dbListTables(con)\n[1] \"visits\" \"wards\""
        ),
        ("Python smtplib login", static (v, s) =>
            $">>> import smtplib\n>>> m = smtplib.SMTP_SSL('mail.example.org')\n>>> m.login('alerts@example.org', '{s}')\n(235, b'2.7.0 Authentication successful')"
        ),
        ("Python jwt encode", static (v, s) =>
            $"payload = {{\"sub\": \"{v.Uuid()}\", \"exp\": int(time.time()) + 600}}\nreturn jwt.encode(payload, \"{s}\", algorithm=\"HS256\")"
        ),
        ("Swift URLCredential", static (v, s) =>
            $"let cred = URLCredential(user: \"display\", password: \"{s}\", persistence: .forSession)\ncompletionHandler(.useCredential, cred)"
        ),
        ("C# NetworkCredential", static (v, s) =>
            $"using var smtp = new SmtpClient(\"smtp.example.at\", 587)\n{{\n    EnableSsl = true,\n    Credentials = new NetworkCredential(\"rechnung@example.at\", \"{s}\"),\n}};"
        ),
        ("PowerShell SecureString", static (v, s) =>
            $"$sec = ConvertTo-SecureString '{s}' -AsPlainText -Force\n$cred = [pscredential]::new('CORP\\svc_join', $sec)\nAdd-Computer -DomainName corp.example -Credential $cred -Restart"
        ),
        ("Emacs Lisp", static (v, s) =>
            $"(use-package erc\n  :config\n  (setq erc-nick \"ada_l\"\n        erc-nickserv-passwords '((libera ((\"ada_l\" . \"{s}\"))))))"
        ),
        ("Arduino sketch", static (v, s) =>
            $"#include <ESP8266WiFi.h>\nvoid setup() {{\n  Serial.begin(115200);\n  WiFi.begin(\"Gartenhaus\", \"{s}\");\n  while (WiFi.status() != WL_CONNECTED) delay(500);\n}}"
        ),
        ("gdb print", static (v, s) =>
            $"Breakpoint 1, connect_upstream (cfg=0x5555557a{v.Hex(4)}) at src/up.c:212\n212\t  int fd = dial(cfg->host, cfg->port);\n(gdb) p cfg->proxy_passwd\n$1 = 0x5555557b{v.Hex(4)} \"{s}\"\n(gdb) c\nContinuing."
        ),
        ("PHP var_dump", static (v, s) =>
            $"array(3) {{\n  [\"host\"]=>\n  string(9) \"localhost\"\n  [\"user\"]=>\n  string(3) \"crm\"\n  [\"passwd\"]=>\n  string({s.Length}) \"{s}\"\n}}\n"
        ),
        ("Python traceback locals", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/backup/job.py", line 77, in unlock
                    vol.open(passphrase)
                backup.errors.VolumeBusy: /dev/sdc1
                ---- locals ----
                  attempt    = 3
                  passphrase = '{{s}}'
                  vol        = <Volume /dev/sdc1 at 0x7f{{v.Hex(10)}}>
                """),
        ("Java record toString", static (v, s) =>
            $"2024-06-11 14:02:07.551 DEBUG 1 --- [nio-8080-exec-4] c.e.auth.LoginController : LoginRequest[username=ffischer, passwd={s}, rememberMe=true, traceId={v.Hex(16)}]"
        ),
        ("Rails parameters log", static (v, s) => $$"""
                Started POST "/users/sign_in" for 10.0.0.8 at 2024-03-14 11:20:31 +0100
                Processing by SessionsController#create as HTML
                  Parameters: {"commit"=>"Log in", "user"=>{"login"=>"greta", "pw"=>"{{s}}"} }
                Completed 302 Found in 212ms
                """),
        // Protocols, HTTP and logs
        ("Basic header", static (v, s) =>
            $"GET /api/v1/hosts HTTP/1.1\r\nHost: monitor.example\r\nAuthorization: Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("robot:" + s))}\r\nAccept: application/json\r\n\r\n"
        ),
        ("SMTP AUTH PLAIN", static (v, s) =>
            $"S: 250-AUTH PLAIN LOGIN\nC: AUTH PLAIN {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("\0mail\0" + s))}\nS: 235 2.7.0 Authentication successful\n"
        ),
        ("form login body", static (v, s) =>
            $"POST /wp-login.php HTTP/1.1\r\nHost: blog.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nlog=editor&pwd={Uri.EscapeDataString(s)}&wp-submit=Log+In&testcookie=1"
        ),
        ("session cookie", static (v, s) =>
            $"GET /inbox HTTP/2\r\nhost: webmail.example\r\ncookie: lang=pt; JSESSIONID={s}; theme=dark\r\nuser-agent: Mozilla/5.0\r\n\r\n"
        ),
        ("multipart pin field", static (v, s) =>
            $"------WebKitFormBoundary{v.Of(Values.AlphaNumeric, 16)}\r\nContent-Disposition: form-data; name=\"keystore_passphrase\"\r\n\r\n{s}\r\n------WebKitFormBoundary--\r\n"
        ),
        ("OAuth refresh response", static (v, s) => $$"""
                HTTP/1.1 200 OK
                Content-Type: application/json;charset=UTF-8
                Cache-Control: no-store

                {"token_type":"Bearer","expires_in":3599,"scope":"offline mail.read","refresh_token":"{{s}}"}
                """),
        ("WS-Security UsernameToken", static (v, s) =>
            $"<wsse:UsernameToken wsu:Id=\"UsernameToken-{v.Hex(8)}\">\n  <wsse:Username>partner_edi</wsse:Username>\n  <wsse:Password Type=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText\">{s}</wsse:Password>\n</wsse:UsernameToken>"
        ),
        ("Odoo JSON-RPC login", static (v, s) =>
            $$$"""{"jsonrpc":"2.0","id":7,"method":"call","params":{"service":"common","method":"login","args":["prod","admin@example.be","{{{s}}}"]}}"""
        ),
        ("GraphQL login", static (v, s) => $$"""
                mutation {
                  signIn(email: "carla@example.pt", password: "{{s}}") {
                    user { id displayName }
                  }
                }
                """),
        ("HAR header entry", static (v, s) =>
            $$"""{"headers":[{"name":"Accept","value":"*/*"},{"name":"X-Auth-Token","value":"{{s}}"},{"name":"X-Request-Id","value":"{{v.Uuid()}}"}],"queryString":[],"headersSize":-1}"""
        ),
        ("IMAP login trace", static (v, s) =>
            $"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] Dovecot ready.\na001 LOGIN \"buero@example.ch\" \"{s}\"\na001 OK Logged in\na002 SELECT INBOX\n"
        ),
        ("FTP log", static (v, s) =>
            $"Status:\tConnection established, waiting for welcome message...\nCommand:\tUSER web4711\nResponse:\t331 Please specify the password.\nCommand:\tPASS {s}\nResponse:\t230 Login successful.\n"
        ),
        ("IRC nickserv", static (v, s) =>
            $"[21:14] * Now talking on #emacs\n[21:14] <ada_l> /msg NickServ IDENTIFY ada_l {s}\n[21:14] <bert> lol you typed that in the channel\n"
        ),
        ("redis monitor", static (v, s) =>
            $"1714060211.204411 [0 10.0.4.17:51822] \"AUTH\" \"{s}\"\n1714060211.204790 [0 10.0.4.17:51822] \"GET\" \"cart:{v.Hex(12)}\"\n"
        ),
        ("Slack webhook path", static (v, s) =>
            $"receivers:\n  - name: oncall\n    slack_configs:\n      - channel: '#alerts'\n        api_url: https://hooks.slack.com/services/T{v.Of("ABCDEFGHJK0123456789", 8)}/B{v.Of("ABCDEFGHJK0123456789", 8)}/{Uri.EscapeDataString(s)}\n"
        ),
        ("Telegram bot url", static (v, s) =>
            $"0 7 * * * curl -s \"https://api.telegram.org/bot{v.Of("123456789", 10)}:{Uri.EscapeDataString(s)}/sendMessage?chat_id=-100{v.Of("123456789", 9)}&text=backup+ok\""
        ),
        ("SAS style sig", static (v, s) =>
            $"azcopy copy './dump.bak' 'https://acmebackup.blob.core.windows.net/sql/dump.bak?sv=2022-11-02&sr=c&sp=rcw&se=2025-01-01T00:00:00Z&sig={Uri.EscapeDataString(s)}'"
        ),
        ("private calendar url", static (v, s) =>
            $"Subscribe in Thunderbird with the secret address:\nhttps://calendar.google.com/calendar/ical/team%40example.com/private-{Uri.EscapeDataString(s)}/basic.ics"
        ),
        ("Jupyter start", static (v, s) =>
            $"[I 2024-05-21 08:31:10.402 ServerApp] Jupyter Server 2.14.0 is running at:\n[I 2024-05-21 08:31:10.402 ServerApp] http://localhost:8888/lab?token={Uri.EscapeDataString(s)}\n[I 2024-05-21 08:31:10.402 ServerApp] Use Control-C to stop this server"
        ),
        ("Celery amqp url", static (v, s) =>
            $" -------------- celery@worker-{v.Hex(5)} v5.3.6 (emerald-rush)\n- ** ---------- [config]\n- ** ---------- .> app:         shop:0x7f{v.Hex(10)}\n- ** ---------- .> transport:   amqp://shop:{Uri.EscapeDataString(s)}@mq.internal:5672/shop\n- *** --- * --- .> concurrency: 4 (prefork)"
        ),
        ("RTSP camera", static (v, s) =>
            $"cameras:\n  driveway:\n    ffmpeg:\n      inputs:\n        - path: rtsp://viewer:{s}@192.168.1.64:554/h264Preview_01_main\n          roles: [detect, record]\n"
        ),
        ("OBS stream key", static (v, s) =>
            $$$"""{"settings":{"bwtest":false,"key":"{{{s}}}","server":"rtmp://live.twitch.tv/app","service":"Twitch","stream_key_link":"https://dashboard.twitch.tv/settings/stream"},"type":"rtmp_common"}"""
        ),
        ("Spring generated password", static (v, s) =>
            $"2024-04-02T10:00:12.771+02:00  WARN 1 --- [main] .s.s.UserDetailsServiceAutoConfiguration :\n\nUsing generated security password: {s}\n\nThis generated password is for development use only.\n"
        ),
        ("Jenkins first start", static (v, s) =>
            $"*************************************************************\nJenkins initial setup is required. An admin user has been created and a password generated.\nPlease use the following password to proceed to installation:\n\n{s}\n\nThis may also be found at: /var/jenkins_home/secrets/initialAdminPassword\n*************************************************************"
        ),
        // People: chat, mail, tickets, notes, labels, exports
        ("chat wifi English", static (v, s) =>
            $"[10:42] Priya: anyone got the guest wifi pw? visitors are waiting\n[10:43] Tom: it's {s} , they changed it on monday\n[10:43] Priya: ta"
        ),
        ("chat split question", static (v, s) =>
            $"**jonas** 16:05\nwhat do I enter when the vpn client asks for the second passphrase\n**mara** 16:06\n`{s}`\n**jonas** 16:06\nworks, thx"
        ),
        ("mail German Kennwort", static (v, s) =>
            $"Hallo Frau Seidel,\n\nIhr Zugang zum Lieferantenportal ist eingerichtet. Benutzername ist Ihre Mailadresse, das Kennwort lautet {s} und muss bei der ersten Anmeldung geändert werden.\n\nFreundliche Grüße\nK. Vogt, IT-Service"
        ),
        ("ticket German Zugangsdaten", static (v, s) =>
            $"Ticket #{v.Of("123456789", 6)} - Drucker 3. OG scannt nicht mehr\nNotiz (intern): SMB-Konto neu gesetzt.\n  Benutzer:  scan3og\n  Passwort:  {s}\nBitte am Gerät unter Adressbuch eintragen.\nStatus: erledigt"
        ),
        ("mail French", static (v, s) =>
            $"Bonjour Élodie,\nPour ouvrir la pièce jointe (bulletins de mai), le mot de passe est « {s} ». Merci de ne pas le transférer.\nCordialement,\nService paie"
        ),
        ("ticket French code d'accès", static (v, s) =>
            $"Intervention du 14/05 — site de Lyon\nBaie B, onduleur remplacé (n° série {v.Of("ABCDEFGH0123456789", 10)}).\nNouveau code d'accès à l'interface d'administration : {s}\nÀ reporter dans le coffre-fort."
        ),
        ("chat Spanish", static (v, s) =>
            $"Lucía: no puedo entrar al servidor de nóminas\nDiego: prueba con el usuario conta2 y la contraseña {s}\nLucía: ahora sí, gracias!"
        ),
        ("mail Portuguese", static (v, s) =>
            $"Oi, Renata!\n\nA senha nova do roteador da recepção ficou {s}. O usuário continua admin.\nQualquer coisa me liga no ramal 214.\n\nAbraço,\nCaio"
        ),
        ("2FA recovery code list", static (v, s) =>
            $"GitHub recovery codes - keep these somewhere safe\n\n  1. (used 2024-01-08)\n  2. (used 2024-03-30)\n  3. {s}\n\nEach code can be used only once in place of an authenticator code."
        ),
        ("security answer", static (v, s) =>
            $"Account: First Regional Bank, online banking\nSecurity question: Name of your first pet?\nAnswer I gave (not the real one!): {s}\nCustomer service: 0800 555 0199"
        ),
        ("router sticker", static (v, s) =>
            $"+--------------------------------------+\n|  FRITZ!Box 7590 AX                   |\n|  S/N  {v.Of("ABCDEFGH0123456789", 14)}                 |\n|  WLAN-Name (SSID): FRITZ!Box 7590 KX |\n|  WLAN-Netzwerkschlüssel (WPA2):      |\n|  {s}\n|  Anschrift: http://fritz.box         |\n+--------------------------------------+"
        ),
        ("otpauth uri", static (v, s) =>
            $"zbarimg: QR-Code:otpauth://totp/Acme:ada%40example.com?secret={s}&issuer=Acme&algorithm=SHA1&digits=6&period=30"
        ),
        ("Bitwarden CSV", static (v, s) =>
            $"folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\nFinance,,login,Tax portal,,,0,https://tax.example.gov,office@example.com,{s},\n"
        ),
        ("KeePass XML", static (v, s) =>
            $"<Entry>\n  <UUID>{v.Base64(16)}</UUID>\n  <String><Key>Title</Key><Value>ESXi host 4</Value></String>\n  <String><Key>UserName</Key><Value>root</Value></String>\n  <String><Key>Password</Key><Value ProtectInMemory=\"True\">{s}</Value></String>\n</Entry>"
        ),
        ("Markdown credentials table", static (v, s) =>
            $"## Demo accounts (staging)\n\n| Role | Login | Password | Notes |\n|------|-------|----------|-------|\n| Dispatcher | dora@demo.example | `{s}` | resets nightly |\n"
        ),
        ("spreadsheet tabs", static (v, s) =>
            $"Gerät\tStandort\tIP\tBenutzer\tPasswort\tLetzte Wartung\nNAS-2\tKeller\t192.168.0.20\tadmin\t{s}\t12.02.2024\n"
        ),
        ("Zoom invitation", static (v, s) =>
            $"Join Zoom Meeting\nhttps://zoom.example/j/{v.Of("123456789", 11)}\n\nMeeting ID: 874 2210 5531\nPasscode: {s}\n\nOne tap mobile\n+496950500951,,87422105531# Germany"
        ),
        ("Clojure EDN config", static (v, s) =>
            $"{{:http {{:port 8080}}\n :db   {{:dbtype \"postgresql\" :host \"pg\" :user \"api\" :passwd \"{s}\"}}\n :build \"{v.Hex(7)}\"}}\n"
        ),
        ("Lua redis auth", static (v, s) =>
            $"local redis = require \"resty.redis\"\nlocal red = redis:new()\nassert(red:connect(\"10.0.4.2\", 6379))\nassert(red:auth(\"{s}\"))\nlocal hits = red:incr(\"hits:\" .. ngx.var.host)"
        ),
        ("Node createHmac", static (v, s) =>
            $"const digest = crypto.createHmac('sha256', '{s}').update(req.rawBody).digest('hex');\nif (digest !== req.get('X-Hub-Signature-256').slice(7)) return res.sendStatus(401);"
        ),
        ("Kotlin OkHttp credentials", static (v, s) =>
            $"val request = Request.Builder()\n    .url(\"https://dav.example.net/remote.php/dav\")\n    .header(\"Authorization\", Credentials.basic(\"sync\", \"{s}\"))\n    .build()"
        ),
        ("Elixir secret_key_base", static (v, s) =>
            $"config :portal, PortalWeb.Endpoint,\n  url: [host: \"portal.example\", port: 443],\n  secret_key_base: \"{s}\",\n  live_view: [signing_salt: \"from-env\"]\n"
        ),
        ("AutoHotkey login", static (v, s) =>
            $"; Ctrl+Alt+L signs in to the time clock terminal\n^!l::\nSend, lagerist{{Tab}}\nSendRaw, {s}\nSend, {{Enter}}\nreturn\n"
        ),
        ("OAuth client credentials JSON", static (v, s) =>
            $$"""
                > POST /oauth/token HTTP/1.1
                > Host: acme.eu.auth.example
                > Content-Type: application/json

                {"grant_type":"client_credentials","client_id":"{{v.Of(
                    Values.AlphaNumeric,
                    32
                )}}","client_secret":"{{s}}","audience":"https://api.acme.example"}
                """
        ),
        ("PagerDuty routing key", static (v, s) =>
            $"receivers:\n- name: night-shift\n  pagerduty_configs:\n  - routing_key: {s}\n    severity: critical\n    send_resolved: true\n"
        ),
        ("alarm code note", static (v, s) =>
            $"Keys for the weekend\n- front door: blue tag, hook 3\n- alarm panel is behind the coats, disarm code {s}, you have 30 seconds\n- please water the ficus"
        ),
        // Written earlier
        ("Caddyfile", static (v, s) => $"example.com {{\n  basic_auth {{\n    ada {s}\n  }}\n}}"),
        ("MQTT", static (v, s) => $"mosquitto_pub -h mq -u ops -P {s} -t a/b -m hi"),
        ("smbclient", static (v, s) => $"smbclient //nas/share -U ada%{s}"),
        ("fstab", static (v, s) => $"//nas/share /mnt cifs username=ada,password={s},uid=1000 0 0"),
        ("xmlrpc", static (v, s) => $"<member><name>password</name><value><string>{s}</string></value></member>"),
        ("log4j", static (v, s) => $"log4j.appender.DB.password={s}"),
        ("WildFly", static (v, s) => $"<security><user-name>sa</user-name><password>{s}</password></security>"),
        ("Keycloak", static (v, s) => $"\"credentials\": {{\n  \"secret\": \"{s}\"\n}},"),
        ("Firebase", static (v, s) => $"firebase deploy --token \"{s}\""),
        ("Sentry CLI", static (v, s) => $"[auth]\ntoken={s}\n\n[defaults]\norg=x"),
        ("Nix", static (v, s) => $"services.gitea.database.password = \"{s}\";"),
        ("OpenAPI example", static (v, s) => $"curl -X 'GET' 'https://api.example.com/a' -H 'accept: */*' -H 'x-functions-key: {s}'"),
        ("httpie", static (v, s) => $"http -a ada:{s} GET https://api.example.com/me"),
        ("requests", static (v, s) => $"requests.get(url, auth=('ada', '{s}'))"),
        ("axios", static (v, s) => $"axios.create({{ auth: {{ username: 'ada', password: '{s}' }} }})"),
        ("boto3", static (v, s) => $"boto3.client('s3', aws_access_key_id=k, aws_secret_access_key='{s}')"),
        ("psycopg", static (v, s) => $"psycopg.connect(\"dbname=a user=b password={s}\")"),
        ("Flask", static (v, s) => $"app.secret_key = b'{s}'"),
        ("Express", static (v, s) => $"app.use(session({{ secret: '{s}', resave: false }}))"),
        ("Rails credentials", static (v, s) => $"smtp:\n  user_name: ada\n  password: \"{s}\"\n"),
        ("Laravel", static (v, s) => $"APP_KEY=base64:{v.Base64(32)}\nDB_PASSWORD={s}\n"),
        ("Kafka", static (v, s) => $"sasl.jaas.config=org.apache.kafka.PlainLoginModule required username=\"app\" password=\"{s}\";"),
        ("Elasticsearch", static (v, s) => $"PASSWORD elastic = {s}"),
        ("PostgreSQL log", static (v, s) => $"LOG:  statement: ALTER USER app WITH ENCRYPTED PASSWORD '{s}'"),
        ("Azure CLI", static (v, s) => $"{{\n  \"appId\": \"{v.Uuid()}\",\n  \"password\": \"{s}\",\n  \"tenant\": \"{v.Uuid()}\"\n}}"),
        ("Helm values", static (v, s) => $"postgresql:\n  auth:\n    postgresPassword: {s}\n"),
        ("GitLab CI", static (v, s) => $"variables:\n  DEPLOY_TOKEN: \"{s}\"\n"),
        ("Bitwarden", static (v, s) => $"Item: Shop\nUsername: ada\nPassword: {s}\nURI: https://shop.example.com"),
        ("keepass CSV", static (v, s) => $"\"Account\",\"Login Name\",\"Password\",\"Web Site\"\n\"Shop\",\"ada\",\"{s}\",\"x\"\n"),
        ("support ticket", static (v, s) => $"I cannot sign in, my password {s} does not work any more"),
        ("mail", static (v, s) => $"Hi, here are the credentials you wanted: login ada, password {s}. Bye"),
        ("stack trace", static (v, s) =>
            $"java.sql.SQLException: Access denied for url jdbc:postgresql://db/a?user=app&password={Uri.EscapeDataString(s)}"
        ),
        ("Go error", static (v, s) => $"dial: authentication failed (user=app pass={s})"),
        ("debug dump", static (v, s) => $"array(2) {{ [\"user\"]=> string(3) \"ada\" [\"password\"]=> string(9) \"{s}\" }}"),
        ("Ruby inspect", static (v, s) => $"#<Login:0x01 @user=\"ada\", @password=\"{s}\">"),
        ("protobuf text", static (v, s) => $"auth {{ token: \"{s}\" ttl: 3 }}"),
        ("base64 in an env line", static (v, s) =>
            $"CONFIG_B64={Convert.ToBase64String(Encoding.UTF8.GetBytes($"[db]\nuser=app\npassword={s}\n"))}"
        ),
        ("two-line YAML", static (v, s) => $"- id: api_token\n  secret: true\n  value: {s}"),
    ];
}
