namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// 150 forms of settings, files, wrappings, logs and mails by an author who had seen neither a rule nor another form, and never used to make a
/// rule; 14 are left out, as in <see cref="Unseen"/>. Do not tune to these; write new ones, and compare them.
/// </summary>
internal static class UnseenFiles
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All = [("systemctl show environment", static (v, s) => $$"""
                $ systemctl show billing-worker.service -p ExecMainPID -p FragmentPath -p Environment
                ExecMainPID=24817
                FragmentPath=/etc/systemd/system/billing-worker.service
                Environment=TZ=Europe/Vienna WORKERS=4 BILLING_DB_HOST=10.20.4.11 BILLING_DB_PASSWORD={{s}} LOG_LEVEL=info
                """), ("render blueprint env", static (v, s) => $$"""
                services:
                  - type: web
                    name: orders-api
                    runtime: node
                    region: frankfurt
                    buildCommand: yarn install --frozen-lockfile && yarn build
                    startCommand: yarn start
                    envVars:
                      - key: NODE_VERSION
                        value: 20.11.1
                      - key: SESSION_COOKIE_SECRET
                        value: {{s}}
                      - key: PUBLIC_URL
                        value: https://orders.example.net
                """), ("proc environ translated", static (v, s) => $$"""
                [root@app03 ~]# tr '\0' '\n' < /proc/3391/environ
                LANG=C.UTF-8
                INVOCATION_ID={{v.Hex(32)}}
                JOURNAL_STREAM=8:{{v.Of(Values.Digits, 6)}}
                SMTP_HOST=mail.intern.example.org
                SMTP_USER=notify
                SMTP_PASS={{s}}
                HOME=/srv/notify
                """), ("circleci inline env", static (v, s) => $$"""
                version: 2.1
                executors:
                  default:
                    docker:
                      - image: cimg/python:3.12
                        environment:
                          PGHOST: localhost
                      - image: cimg/mariadb:10.11
                        environment:
                          MARIADB_DATABASE: catalog_test
                          MARIADB_ROOT_PASSWORD: {{s}}
                jobs:
                  unit:
                    executor: default
                    steps:
                      - checkout
                      - run: pytest -q
                """), ("azure devops variable block", static (v, s) => $$"""
                trigger:
                  branches:
                    include: [ main, release/* ]

                pool:
                  vmImage: windows-2022

                variables:
                  solution: '**/*.sln'
                  buildConfiguration: Release
                  sonarProjectKey: contoso_warehouse
                  sonarToken: '{{s}}'   # TODO move to variable group

                steps:
                  - task: UseDotNet@2
                """), ("teamcity build parameters", static (v, s) => $$"""
                Build #1482 (id 90{{v.Of(Values.Digits, 4)}}), agent lin-agent-3
                Parameters:
                  build.vcs.number        = {{v.Hex(40)}}
                  env.DEPLOY_TARGET       = qa2
                  env.NEXUS_DEPLOY_PWD    = {{s}}
                  system.teamcity.version = 2023.11.4
                  teamcity.build.branch   = refs/heads/main
                """), ("buildkite pipeline env", static (v, s) => $$"""
                env:
                  BUILDKITE_CLEAN_CHECKOUT: "true"
                  DATOCMS_API_TOKEN: "{{s}}"

                steps:
                  - label: ":jest: unit"
                    command: "npm ci && npm test"
                    agents:
                      queue: linux-small
                  - wait
                  - label: ":rocket: publish"
                    command: ".buildkite/publish.sh"
                    branches: main
                """), ("az webapp settings table", static (v, s) => $$"""
                $ az webapp config appsettings list -g rg-shop-prod -n shop-frontend -o table
                Name                             SlotSetting    Value
                -------------------------------  -------------  ------------------------------------
                WEBSITE_RUN_FROM_PACKAGE         False          1
                WEBSITE_TIME_ZONE                False          W. Europe Standard Time
                Recaptcha__SiteKey               False          6L{{v.Of(Values.AlphaNumeric, 20)}}
                Recaptcha__SecretKey             True           {{s}}
                ASPNETCORE_ENVIRONMENT           True           Production
                """), ("cloud run service yaml", static (v, s) => $$"""
                apiVersion: serving.knative.dev/v1
                kind: Service
                metadata:
                  name: translator
                  annotations:
                    run.googleapis.com/ingress: internal
                    client.knative.dev/user-image: europe-west1-docker.pkg.dev/acme-prod/apps/translator@sha256:{{v.Hex(64)}}
                spec:
                  template:
                    spec:
                      containers:
                      - env:
                        - name: DEEPL_AUTH_KEY
                          value: {{s}}
                        - name: CACHE_TTL
                          value: '3600'
                        resources:
                          limits: { cpu: 1000m, memory: 512Mi }
                """), ("kubectl describe pod environment", static (v, s) => $$"""
                Containers:
                  exporter:
                    Container ID:   containerd://{{v.Hex(64)}}
                    Image:          quay.io/prometheuscommunity/postgres-exporter:v0.15.0
                    Port:           9187/TCP
                    State:          Running
                      Started:      Tue, 14 May 2024 08:12:55 +0200
                    Ready:          True
                    Restart Count:  0
                    Environment:
                      DATA_SOURCE_URI:   pg-main.db.svc:5432/postgres?sslmode=disable
                      DATA_SOURCE_USER:  monitor
                      DATA_SOURCE_PASS:  {{s}}
                    Mounts:
                      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-x8s2k (ro)
                """), ("nomad job env stanza", static (v, s) => $$"""
                task "syncd" {
                  driver = "docker"

                  config {
                    image = "registry.corp.example/syncd:2.9.1"
                    ports = ["http"]
                  }

                  env {
                    CONSUL_ADDR          = "127.0.0.1:8500"
                    SYNCD_ADMIN_PASSWORD = "{{s}}"
                    GOMAXPROCS           = "2"
                  }

                  resources {
                    cpu    = 500
                    memory = 256
                  }
                }
                """), ("podman quadlet unit", static (v, s) => $$"""
                [Unit]
                Description=Paperless document archive
                After=network-online.target paperless-redis.service

                [Container]
                Image=ghcr.io/paperless-ngx/paperless-ngx:2.7
                ContainerName=paperless
                PublishPort=127.0.0.1:8010:8000
                Volume=paperless-data:/usr/src/paperless/data:Z
                Environment=PAPERLESS_URL=https://docs.home.example
                Environment=PAPERLESS_SECRET_KEY={{s}}
                Environment=PAPERLESS_OCR_LANGUAGE=deu+eng

                [Install]
                WantedBy=default.target
                """), ("unit with password flag", static (v, s) => $$"""
                # /etc/systemd/system/ttyd.service
                [Unit]
                Description=ttyd web terminal

                [Service]
                ExecStart=/usr/local/bin/ttyd -p 7681 -c admin:{{s}} -W bash -l
                Restart=on-failure
                User=ops

                [Install]
                WantedBy=multi-user.target
                """), ("launchd environment plist", static (v, s) => $$"""
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                  <key>Label</key>
                  <string>com.acme.backup-nightly</string>
                  <key>ProgramArguments</key>
                  <array><string>/opt/homebrew/bin/restic</string><string>backup</string><string>/Users/kim/Documents</string></array>
                  <key>EnvironmentVariables</key>
                  <dict>
                    <key>RESTIC_REPOSITORY</key>
                    <string>sftp:nas.local:/volume1/restic</string>
                    <key>RESTIC_PASSWORD</key>
                    <string>{{s}}</string>
                  </dict>
                  <key>StartCalendarInterval</key>
                  <dict><key>Hour</key><integer>2</integer></dict>
                </dict>
                </plist>
                """), ("supervisord environment line", static (v, s) => $$"""
                [program:celery-mail]
                command=/srv/venv/bin/celery -A mailer worker -l INFO -c 3
                directory=/srv/mailer
                user=www-data
                autostart=true
                environment=C_FORCE_ROOT="0",MAILGUN_API_KEY="{{s}}",MAILGUN_DOMAIN="mg.example.com"
                stdout_logfile=/var/log/supervisor/%(program_name)s.log
                """), ("pm2 env details", static (v, s) => $$"""
                $ pm2 env 4
                status: online
                exec_mode: cluster_mode
                pm_cwd: /home/deploy/chat-relay
                node_args:
                NODE_APP_INSTANCE: 0
                TURN_URI: turn:turn.example.io:3478
                TURN_STATIC_AUTH_SECRET: {{s}}
                unique_id: {{v.Uuid()}}
                instance_var: NODE_APP_INSTANCE
                """), ("direnv envrc file", static (v, s) => $$"""
                use nix
                layout python3

                export AWS_PROFILE=analytics-ro
                export OPENSEARCH_URL=https://vpc-logs-{{v.Of(Values.AlphaNumeric, 10)}}.eu-west-1.es.amazonaws.com
                export OPENSEARCH_USER=analyst
                export OPENSEARCH_PW='{{s}}'
                PATH_add bin
                """), ("fish universal variables", static (v, s) => $$"""
                # ~/.config/fish/config.fish
                if status is-interactive
                    set -g fish_greeting
                    abbr -a gs git status
                end
                set -gx EDITOR nvim
                set -gx HOMEBREW_NO_ANALYTICS 1
                set -gx ANTHROPIC_API_KEY {{s}}
                fish_add_path ~/.local/bin
                """), ("tcsh setenv lines", static (v, s) => $$"""
                setenv LM_LICENSE_FILE 27000@lic1.eda.example.com
                setenv SNPSLMD_QUEUE true
                setenv PERFORCE_P4PORT ssl:p4.eda.example.com:1666
                setenv P4USER mkessler
                setenv P4PASSWD {{s}}
                set prompt="%m:%~> "
                """), ("cisco ios tacacs", static (v, s) => $$"""
                version 15.2
                service timestamps log datetime msec localtime
                hostname SW-ACC-2F-01
                !
                aaa new-model
                aaa authentication login default group tacacs+ local
                !
                tacacs server ISE-01
                 address ipv4 10.1.250.21
                 key 0 {{s}}
                 timeout 3
                !
                interface Vlan99
                 ip address 10.1.99.12 255.255.255.0
                """), ("mikrotik export pppoe", static (v, s) => $$"""
                # 2024-03-02 21:14:08 by RouterOS 7.14
                # software id = {{v.Of(Values.AlphaNumeric, 4)}}-{{v.Of(Values.AlphaNumeric, 4)}}
                # model = RB5009UG+S+
                /interface vlan
                add interface=ether1 name=wan-vlan7 vlan-id=7
                /interface pppoe-client
                add add-default-route=yes disabled=no interface=wan-vlan7 name=pppoe-wan \
                    password={{s}} use-peer-dns=no user=0021{{v.Of(Values.Digits, 8)}}@isp.example
                /ip neighbor discovery-settings
                set discover-interface-list=LAN
                """), ("vyos ipsec commands", static (v, s) => $$"""
                set interfaces ethernet eth0 address '198.51.100.14/29'
                set vpn ipsec authentication psk branch-graz id '198.51.100.14'
                set vpn ipsec authentication psk branch-graz id '203.0.113.77'
                set vpn ipsec authentication psk branch-graz secret '{{s}}'
                set vpn ipsec esp-group ESP-AES proposal 1 encryption 'aes256gcm128'
                set vpn ipsec ike-group IKE-V2 key-exchange 'ikev2'
                """), ("fortigate ldap block", static (v, s) => $$"""
                FGT60F-HQ # show user ldap
                config user ldap
                    edit "AD-corp"
                        set server "10.0.5.10"
                        set cnid "sAMAccountName"
                        set dn "dc=corp,dc=example,dc=com"
                        set type regular
                        set username "cn=svc-fgt,ou=service,dc=corp,dc=example,dc=com"
                        set password {{s}}
                        set secure ldaps
                        set port 636
                    next
                end
                """), ("openwrt uci wireless", static (v, s) => $$"""
                root@OpenWrt:~# uci show wireless.default_radio1
                wireless.default_radio1=wifi-iface
                wireless.default_radio1.device='radio1'
                wireless.default_radio1.network='lan'
                wireless.default_radio1.mode='ap'
                wireless.default_radio1.ssid='Familie-{{v.Word()}}'
                wireless.default_radio1.encryption='sae-mixed'
                wireless.default_radio1.key='{{s}}'
                wireless.default_radio1.ieee80211r='1'
                """), ("netsh wlan profile clear", static (v, s) => $$"""
                Profile Warehouse-Scanner on interface Wi-Fi:
                =======================================================================
                Connectivity settings
                ---------------------
                    Number of SSIDs        : 1
                    SSID name              : "Warehouse-Scanner"
                    Network type           : Infrastructure

                Security settings
                -----------------
                    Authentication         : WPA2-Personal
                    Cipher                 : CCMP
                    Security key           : Present
                    Key Content            : {{s}}

                Cost settings
                -------------
                    Cost                   : Unrestricted
                """), ("networkmanager wifi 8021x", static (v, s) => $$"""
                [connection]
                id=eduroam
                uuid={{v.Uuid()}}
                type=wifi

                [wifi]
                mode=infrastructure
                ssid=eduroam

                [wifi-security]
                key-mgmt=wpa-eap

                [802-1x]
                anonymous-identity=anonymous@uni.example
                eap=ttls;
                identity=h.berger@uni.example
                password={{s}}
                phase2-auth=pap
                """), ("esphome node yaml", static (v, s) => $$"""
                esphome:
                  name: garage-door
                  friendly_name: Garage Door

                esp32:
                  board: esp32dev
                  framework:
                    type: arduino

                logger:
                  level: INFO

                api:
                  encryption:
                    key: "{{s}}"

                binary_sensor:
                  - platform: gpio
                    pin: GPIO14
                    name: "Door closed"
                """), ("home assistant secrets yaml", static (v, s) => $$"""
                # secrets.yaml – used by configuration.yaml via !secret
                latitude_home: 48.21
                longitude_home: 16.37
                mqtt_broker: 192.168.1.40
                alarm_panel_code: {{s}}
                recorder_db_file: /config/home-assistant_v2.db
                """), ("tasmota status mqtt", static (v, s) => $$"""
                21:04:11.330 CMD: Backlog MqttHost 192.168.20.5; MqttUser tasmota; MqttPassword {{s}}; Topic plug-desk
                21:04:11.338 RSL: stat/tasmota_{{v.Hex(6)}}/RESULT = {"MqttHost":"192.168.20.5"}
                21:04:11.592 RSL: stat/tasmota_{{v.Hex(6)}}/RESULT = {"Topic":"plug-desk"}
                21:04:13.107 APP: Restarting
                """), ("claude desktop mcp servers", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "filesystem": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/dana/work"]
                    },
                    "jira": {
                      "command": "uvx",
                      "args": ["mcp-atlassian"],
                      "env": {
                        "JIRA_URL": "https://acme.atlassian.net",
                        "JIRA_USERNAME": "dana@acme.example",
                        "JIRA_API_TOKEN": "{{s}}"
                      }
                    }
                  }
                }
                """), ("docker inspect config env", static (v, s) => $$"""
                        "Config": {
                            "Hostname": "{{v.Hex(12)}}",
                            "Image": "zabbix/zabbix-server-pgsql:6.4-alpine",
                            "Env": [
                                "DB_SERVER_HOST=pg14",
                                "POSTGRES_USER=zabbix",
                                "POSTGRES_PASSWORD={{s}}",
                                "ZBX_CACHESIZE=256M",
                                "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
                            ],
                            "WorkingDir": "/var/lib/zabbix",
                            "Labels": { "org.opencontainers.image.revision": "{{v.Hex(40)}}" }
                        }
                """), ("docker history arg", static (v, s) => $$"""
                $ docker history --no-trunc --format '{.CreatedSince} {.CreatedBy}' internal/pyapp:latest
                2 hours ago CMD ["gunicorn" "app:app"]
                2 hours ago COPY . /app # buildkit
                2 hours ago RUN |2 PIP_INDEX_USER=ci PIP_INDEX_PASSWORD={{s}} /bin/sh -c pip install -r requirements.txt # buildkit
                3 weeks ago WORKDIR /app
                3 weeks ago CMD ["python3"]
                """), ("vercel env pulled", static (v, s) => $$"""
                # Created by Vercel CLI
                CONTENTFUL_SPACE_ID="{{v.Of(Values.AlphaNumeric, 12)}}"
                CONTENTFUL_ENVIRONMENT="master"
                CONTENTFUL_MANAGEMENT_TOKEN="{{s}}"
                NX_DAEMON=""
                VERCEL="1"
                VERCEL_ENV="development"
                VERCEL_GIT_COMMIT_SHA="{{v.Hex(40)}}"
                """), ("netlify build environment", static (v, s) => $$"""
                [build]
                  publish = "dist"
                  command = "hugo --gc --minify"

                [context.production.environment]
                  HUGO_VERSION = "0.123.7"
                  ALGOLIA_APP_ID = "{{v.Of(Values.AlphaNumeric, 10)}}"
                  ALGOLIA_ADMIN_KEY = "{{s}}"

                [[redirects]]
                  from = "/old/*"
                  to = "/new/:splat"
                """), ("cloud foundry vcap services", static (v, s) => $$"""
                Getting env variables for app ledger in org fin / space prod as ops@acme.example...
                System-Provided:
                VCAP_SERVICES: {
                  "p.mysql": [
                    {
                      "instance_guid": "{{v.Uuid()}}",
                      "name": "ledger-db",
                      "plan": "db-small",
                      "credentials": {
                        "hostname": "q-n2s3y1.q-g91.bosh",
                        "name": "service_instance_db",
                        "port": 3306,
                        "username": "{{v.Hex(32)}}",
                        "password": "{{s}}"
                      }
                    }
                  ]
                }
                """), ("hiera common yaml", static (v, s) => $$"""
                profile::base::timezone: 'Europe/Zurich'
                profile::monitoring::agent::server: 'icinga.ops.example.ch'
                profile::icinga::api_user: 'director'
                profile::icinga::api_password: '{{s}}'
                profile::ntp::servers:
                  - ntp1.ops.example.ch
                  - ntp2.ops.example.ch
                """), ("proxmox metrics influx", static (v, s) => $$"""
                root@pve1:~# cat /etc/pve/status.cfg
                influxdb: metrics
                        server influx.lab.lan
                        port 8086
                        bucket proxmox
                        organization lab
                        influxdbproto https
                        verify-certificate 0
                        token {{s}}
                """), ("keycloak client representation", static (v, s) => $$"""
                kcadm.sh get clients/{{v.Uuid()}} -r employees
                {
                  "clientId" : "timesheet-web",
                  "enabled" : true,
                  "clientAuthenticatorType" : "client-secret",
                  "secret" : "{{s}}",
                  "redirectUris" : [ "https://timesheet.example.com/*" ],
                  "standardFlowEnabled" : true,
                  "protocol" : "openid-connect",
                  "fullScopeAllowed" : false
                }
                """), ("airflow connection get", static (v, s) => $$"""
                $ airflow connections get oracle_dwh -o yaml
                - conn_id: oracle_dwh
                  conn_type: oracle
                  description: null
                  host: dwh-scan.corp.example
                  id: '17'
                  is_encrypted: 'True'
                  login: etl_reader
                  password: {{s}}
                  port: '1521'
                  schema: DWH
                """), ("odoo config parameters", static (v, s) => $$"""
                odoo_prod=> select id, key, value from ir_config_parameter where key like 'auth%' or key like 'database%';
                 id |            key             | value
                ----+----------------------------+--------------------------------------
                  1 | database.uuid              | {{v.Uuid()}}
                  4 | database.create_date       | 2023-02-11 09:40:12
                 61 | auth_oauth.azure_secret    | {{s}}
                 62 | auth_signup.invitation_scope | b2b
                (4 rows)
                """), ("az keyvault show", static (v, s) => $$"""
                {
                  "attributes": {
                    "created": "2024-01-30T10:02:44+00:00",
                    "enabled": true,
                    "recoveryLevel": "Recoverable+Purgeable"
                  },
                  "contentType": "SQL login for rpt_reader",
                  "id": "https://kv-reporting-we.vault.azure.net/secrets/rpt-reader-password/{{v.Hex(32)}}",
                  "name": "rpt-reader-password",
                  "tags": {},
                  "value": "{{s}}"
                }
                """), ("idrac snmp settings", static (v, s) => $$"""
                racadm>>racadm get iDRAC.SNMP
                [Key=idrac.Embedded.1#SNMP.1]
                AgentCommunity={{s}}
                AgentEnable=Enabled
                AlertPort=162
                DiscoveryPort=161
                SNMPProtocol=All
                TrapFormat=SNMPv2
                """), ("bacula director file daemon", static (v, s) => $$"""
                Director {
                  Name = bacula-dir
                  DIRport = 9101
                  QueryFile = "/etc/bacula/scripts/query.sql"
                  Maximum Concurrent Jobs = 20
                  Messages = Daemon
                }
                Client {
                  Name = files02-fd
                  Address = files02.lan.example
                  FDPort = 9102
                  Catalog = MyCatalog
                  Password = "{{s}}"
                  File Retention = 60 days
                }
                """), ("slapd rootpw line", static (v, s) => $$"""
                database        mdb
                maxsize         1073741824
                suffix          "dc=example,dc=org"
                rootdn          "cn=Manager,dc=example,dc=org"
                rootpw          {{s}}
                directory       /var/lib/ldap
                index objectClass eq
                """), ("freeradius client entry", static (v, s) => $$"""
                client wlc-campus {
                        ipaddr          = 10.44.0.0/24
                        proto           = *
                        secret          = {{s}}
                        require_message_authenticator = yes
                        nas_type        = cisco
                        limit {
                                max_connections = 16
                                idle_timeout = 30
                        }
                }
                """), ("wildfly datasource", static (v, s) => $$"""
                <datasource jndi-name="java:jboss/datasources/ClaimsDS" pool-name="ClaimsDS" enabled="true">
                    <connection-url>jdbc:sqlserver://sql04:1433;databaseName=Claims</connection-url>
                    <driver>sqlserver</driver>
                    <pool>
                        <min-pool-size>5</min-pool-size>
                        <max-pool-size>40</max-pool-size>
                    </pool>
                    <security user-name="claims_app">
                        <credential-reference clear-text="{{s}}"/>
                    </security>
                </datasource>
                """), ("kafka jaas client properties", static (v, s) => $$"""
                bootstrap.servers=kafka-1.stream.example:9093,kafka-2.stream.example:9093
                group.id=pricing-consumer
                security.protocol=SASL_SSL
                sasl.mechanism=SCRAM-SHA-512
                sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="pricing" password="{{s}}";
                auto.offset.reset=earliest
                """), ("logstash output plugin", static (v, s) => $$"""
                output {
                  if [type] == "audit" {
                    elasticsearch {
                      hosts => ["https://es-hot-1:9200", "https://es-hot-2:9200"]
                      index => "audit-%{+YYYY.MM.dd}"
                      user => "logstash_writer"
                      password => "{{s}}"
                      ssl_certificate_authorities => "/etc/logstash/ca.crt"
                    }
                  }
                }
                """), ("telegraf snmp v3 input", static (v, s) => $$"""
                [agent]
                  interval = "60s"
                  hostname = "telegraf-net"

                [[inputs.snmp]]
                  agents = [ "udp://10.1.99.1:161", "udp://10.1.99.2:161" ]
                  version = 3
                  sec_name = "grafana"
                  sec_level = "authNoPriv"
                  auth_protocol = "SHA"
                  auth_password = "{{s}}"
                """), ("alertmanager opsgenie receiver", static (v, s) => $$"""
                route:
                  receiver: night-shift
                  group_by: [alertname, cluster]
                  repeat_interval: 4h
                receivers:
                  - name: night-shift
                    opsgenie_configs:
                      - api_key: {{s}}
                        api_url: https://api.eu.opsgenie.com/
                        priority: P2
                        tags: infra,auto
                """), ("gitlab omnibus ruby", static (v, s) => $$"""
                external_url 'https://git.example.edu'
                gitlab_rails['time_zone'] = 'Europe/Madrid'
                gitlab_rails['incoming_email_enabled'] = true
                gitlab_rails['incoming_email_address'] = "git+%{key}@example.edu"
                gitlab_rails['incoming_email_email'] = "git@example.edu"
                gitlab_rails['incoming_email_password'] = "{{s}}"
                gitlab_rails['incoming_email_host'] = "imap.example.edu"
                nginx['listen_port'] = 8080
                """), ("gitea app ini", static (v, s) => $$"""
                [server]
                DOMAIN           = code.home.example
                HTTP_PORT        = 3000
                LFS_START_SERVER = true

                [security]
                INSTALL_LOCK       = true
                INTERNAL_TOKEN     = {{s}}
                PASSWORD_HASH_ALGO = pbkdf2

                [log]
                MODE  = console
                LEVEL = Info
                """), ("postfix sasl map", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd  (postmap after editing)
                [smtp-relay.example.com]:587    alerts@dc1.example.com:{{s}}
                """), ("dovecot sql connect", static (v, s) => $$"""
                driver = mysql
                connect = host=/var/run/mysqld/mysqld.sock dbname=mailserver user=dovecot password={{s}}
                default_pass_scheme = SHA512-CRYPT
                user_query = SELECT home, 5000 AS uid, 5000 AS gid FROM users WHERE email='%u'
                iterate_query = SELECT email AS user FROM users
                """), ("minecraft rcon properties", static (v, s) => $$"""
                #Minecraft server properties
                #Sat Apr 06 18:22:31 CEST 2024
                difficulty=hard
                enable-rcon=true
                level-seed=-{{v.Of(Values.Digits, 18)}}
                motd=Thursday crew
                rcon.password={{s}}
                rcon.port=25575
                server-port=25565
                white-list=true
                """), ("asterisk pjsip trunk", static (v, s) => $$"""
                [trunk-sipgate]
                type=registration
                outbound_auth=trunk-sipgate-auth
                server_uri=sip:sip.provider.example
                client_uri=sip:{{v.Of(Values.Digits, 7)}}t0@sip.provider.example
                retry_interval=60

                [trunk-sipgate-auth]
                type=auth
                auth_type=userpass
                username={{v.Of(Values.Digits, 7)}}t0
                password={{s}}
                """), ("odbc ini dsn", static (v, s) => $$"""
                [ODBC Data Sources]
                SalesMart = PostgreSQL Unicode

                [SalesMart]
                Driver      = /usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so
                Servername  = mart.bi.example
                Port        = 5432
                Database    = sales
                UserName    = tableau
                Password    = {{s}}
                ReadOnly    = Yes
                """), ("flyway toml environment", static (v, s) => $$"""
                [flyway]
                locations = ["filesystem:sql/migrations"]
                validateMigrationNaming = true

                [environments.uat]
                url = "jdbc:oracle:thin:@//ora-uat.example:1521/POLICY"
                user = "POLICY_OWNER"
                password = "{{s}}"
                schemas = ["POLICY"]
                """), ("android keystore properties", static (v, s) => $$"""
                # android/key.properties
                storeFile=../keystore/upload.jks
                storeType=JKS
                keyAlias=upload
                storePassword={{s}}
                """), ("nuget config credentials", static (v, s) => $$"""
                <configuration>
                  <packageSources>
                    <clear />
                    <add key="public" value="https://packages.example.com/v3/index.json" />
                    <add key="ProGet" value="https://proget.example.local/nuget/Libs/v3/index.json" />
                  </packageSources>
                  <packageSourceCredentials>
                    <ProGet>
                      <add key="Username" value="build" />
                      <add key="ClearTextPassword" value="{{s}}" />
                    </ProGet>
                  </packageSourceCredentials>
                </configuration>
                """), ("terraform tfvars rds", static (v, s) => $$"""
                region            = "ap-southeast-2"
                vpc_id            = "vpc-{{v.Hex(17)}}"
                db_instance_class = "db.t4g.medium"
                db_username       = "tfadmin"
                db_password       = "{{s}}"
                multi_az          = true
                tags = {
                  owner = "platform"
                }
                """), ("packer winrm builder", static (v, s) => $$"""
                source "vsphere-iso" "win2022" {
                  vcenter_server       = "vcsa.dc2.example"
                  insecure_connection  = true
                  datastore            = "ssd-01"
                  guest_os_type        = "windows2019srvNext_64Guest"
                  communicator         = "winrm"
                  winrm_username       = "Administrator"
                  winrm_password       = "{{s}}"
                  winrm_timeout        = "3h"
                }
                """), ("unattend autologon xml", static (v, s) => $$"""
                <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" language="neutral">
                  <AutoLogon>
                    <Enabled>true</Enabled>
                    <LogonCount>2</LogonCount>
                    <Username>Installer</Username>
                    <Password>
                      <Value>{{s}}</Value>
                      <PlainText>true</PlainText>
                    </Password>
                  </AutoLogon>
                  <TimeZone>Central Europe Standard Time</TimeZone>
                </component>
                """), ("cloud init chpasswd", static (v, s) => $$"""
                #cloud-config
                hostname: k3s-node-02
                timezone: America/Toronto
                ssh_pwauth: true
                chpasswd:
                  expire: false
                  users:
                    - name: ubuntu
                      password: {{s}}
                      type: text
                package_update: true
                packages: [qemu-guest-agent, nfs-common]
                """), ("registry winlogon export", static (v, s) => $$"""
                Windows Registry Editor Version 5.00

                [HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon]
                "AutoAdminLogon"="1"
                "DefaultDomainName"="KIOSK"
                "DefaultUserName"="lobby"
                "DefaultPassword"="{{s}}"
                "ShutdownFlags"=dword:00000087
                """), ("rclone webdav remote", static (v, s) => $$"""
                [nextcloud-archive]
                type = webdav
                url = https://cloud.example.at/remote.php/dav/files/archive
                vendor = nextcloud
                user = archive
                bearer_token = {{s}}

                [scratch]
                type = local
                """), ("borgmatic retention yaml", static (v, s) => $$"""
                repositories:
                  - path: ssh://u{{v.Of(Values.Digits, 6)}}@u{{v.Of(Values.Digits, 6)}}.your-storagebox.de:23/./borg
                    label: storagebox
                source_directories:
                  - /etc
                  - /srv/www
                encryption_passphrase: "{{s}}"
                keep_daily: 7
                keep_weekly: 4
                compression: zstd,6
                """), ("mbsync imap account", static (v, s) => $$"""
                IMAPAccount work
                Host outlook.example.org
                Port 993
                User franz.huber@example.org
                Pass "{{s}}"
                TLSType IMAPS
                AuthMechs LOGIN

                MaildirStore office-local
                Path ~/Mail/office/
                Inbox ~/Mail/office/INBOX
                """), ("csv device inventory", static (v, s) => $$"""
                asset_tag,hostname,mgmt_ip,model,admin_user,admin_password,location
                A-10442,cam-yard-1,10.60.8.21,DS-2CD2T47,admin,{{s}},North yard
                A-10443,cam-yard-2,10.60.8.22,DS-2CD2T47,admin,(see vault),North yard
                A-10501,nvr-main,10.60.8.5,DS-7732,admin,(see vault),Server room
                """), ("csv bulk user import", static (v, s) => $$"""
                Vorname;Nachname;Benutzername;Startkennwort;Abteilung;Mailbox
                Sabine;Kofler;skofler;{{s}};Einkauf;ja
                """), ("sql create login", static (v, s) => $$"""
                USE [master];
                GO
                CREATE LOGIN [crm_sync] WITH PASSWORD = N'{{s}}', DEFAULT_DATABASE = [CRM], CHECK_POLICY = OFF;
                GO
                USE [CRM];
                CREATE USER [crm_sync] FOR LOGIN [crm_sync];
                ALTER ROLE db_datareader ADD MEMBER [crm_sync];
                GO
                """), ("sql oracle database link", static (v, s) => $$"""
                -- 014_link_hr.sql
                create database link hr_link
                  connect to hr_extract identified by "{{s}}"
                  using '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=hrdb)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=HRP)))';

                select count(*) from employees@hr_link;
                """), ("python paramiko script", static (v, s) => $$"""
                import paramiko

                HOST = "sftp.supplier.example"

                def fetch(remote, local):
                    t = paramiko.Transport((HOST, 22))
                    t.connect(username="acme_in", password="{{s}}")
                    sftp = paramiko.SFTPClient.from_transport(t)
                    sftp.get(remote, local)
                    t.close()
                """), ("typescript crypto constant", static (v, s) => $$"""
                import { createCipheriv, randomBytes } from "node:crypto";

                // shared with the mobile app, keep in sync
                const ENCRYPTION_KEY = "{{s}}";

                export function seal(plain: Buffer): Buffer {
                  const iv = randomBytes(12);
                  const c = createCipheriv("aes-256-gcm", deriveKey(ENCRYPTION_KEY), iv);
                  return Buffer.concat([iv, c.update(plain), c.final(), c.getAuthTag()]);
                }
                """), ("go smtp plain auth", static (v, s) => $$"""
                func sendReport(to []string, body []byte) error {
                	auth := smtp.PlainAuth("", "reports@example.dev", "{{s}}", "smtp.example.dev")
                	err := smtp.SendMail("smtp.example.dev:587", auth, "reports@example.dev", to, body)
                	if err != nil {
                		return fmt.Errorf("send report: %w", err)
                	}
                	return nil
                }
                """), ("rust reqwest basic auth", static (v, s) => $$"""
                let resp = client
                    .get(format!("{}/rest/api/content/{}", BASE, page_id))
                    .basic_auth("wiki-export", Some("{{s}}"))
                    .header(ACCEPT, "application/json")
                    .send()
                    .await?
                    .error_for_status()?;
                """), ("java driver manager call", static (v, s) => $$"""
                public final class LegacyExport {
                    private static final String URL = "jdbc:db2://mf01.example:50000/CUSTP";

                    static Connection open() throws SQLException {
                        // FIXME: credentials from JNDI
                        return DriverManager.getConnection(URL, "db2batch", "{{s}}");
                    }
                }
                """), ("kotlin gradle signing config", static (v, s) => $$"""
                android {
                    namespace = "com.example.courier"
                    compileSdk = 34
                    signingConfigs {
                        create("release") {
                            storeFile = file("release.keystore")
                            keyAlias = "courier"
                            keyPassword = "{{s}}"
                        }
                    }
                    defaultConfig { versionCode = 318 }
                }
                """), ("swift api struct", static (v, s) => $$"""
                enum WeatherAPI {
                    static let base = URL(string: "https://api.openweathermap.org/data/3.0")!
                    static let appID = "{{s}}"   // paid plan key, do not publish

                    static func onecall(lat: Double, lon: Double) -> URL {
                        base.appending(path: "onecall").appending(queryItems: [
                            .init(name: "lat", value: "\(lat)"), .init(name: "lon", value: "\(lon)")
                        ])
                    }
                }
                """), ("c arduino wifi header", static (v, s) => $$"""
                #pragma once
                // arduino_secrets.h - not in git
                #define SECRET_SSID "Workshop-IoT"
                #define SECRET_PASS "{{s}}"
                #define MQTT_PORT   1883
                #define DEVICE_ID   "probe-{{v.Hex(6)}}"
                """), ("csharp ldap network credential", static (v, s) => $$"""
                using var connection = new LdapConnection(new LdapDirectoryIdentifier("dc01.corp.example", 636));
                connection.SessionOptions.SecureSocketLayer = true;
                connection.AuthType = AuthType.Basic;
                connection.Bind(new NetworkCredential("CN=svc-hrsync,OU=Services,DC=corp,DC=example", "{{s}}"));
                var request = new SearchRequest(baseDn, "(objectClass=user)", SearchScope.Subtree, "mail", "employeeID");
                """), ("php pdo construct", static (v, s) => $$"""
                <?php
                declare(strict_types=1);

                $dsn = 'mysql:host=db5.hoster.example;dbname=dbs{{v.Of(Values.Digits, 7)}};charset=utf8mb4';
                $pdo = new PDO($dsn, 'dbu{{v.Of(Values.Digits, 6)}}', '{{s}}', [
                    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
                ]);
                foreach ($pdo->query('SELECT id, title FROM events') as $row) {
                    echo $row['title'], "\n";
                }
                """), ("ruby net sftp start", static (v, s) => $$"""
                require "net/sftp"

                desc "Pull bank statements (camt.053)"
                task :pull_statements do
                  Net::SFTP.start("ebics-gw.bank.example", "K{{v.Of(Values.Digits, 6)}}", password: "{{s}}", port: 2222) do |sftp|
                    sftp.dir.glob("/out", "*.xml") { |e| sftp.download!("/out/#{e.name}", "tmp/#{e.name}") }
                  end
                end
                """), ("perl dbi connect", static (v, s) => $$"""
                #!/usr/bin/perl
                use strict; use warnings;
                use DBI;

                my $dbh = DBI->connect("dbi:Pg:dbname=rt5;host=rtdb", "rt_user", '{{s}}',
                    { RaiseError => 1, AutoCommit => 0 });
                my $n = $dbh->selectrow_array("SELECT count(*) FROM Tickets WHERE Status = 'open'");
                print "open: $n\n";
                """), ("r dbconnect chunk", static (v, s) => $$"""
                ```{r setup}
                library(DBI)
                library(dplyr)
                con <- dbConnect(odbc::odbc(), Driver = "SnowflakeDSIIDriver",
                                 Server = "xy{{v.Of(Values.Digits, 5)}}.eu-west-1.snowflakecomputing.com",
                                 UID = "R_ANALYST", PWD = "{{s}}",
                                 Warehouse = "WH_XS")
                sales <- tbl(con, "FCT_SALES") |> filter(YEAR == 2024)
                ```
                """), ("elixir runtime exs", static (v, s) => $$"""
                import Config

                config :tracker, TrackerWeb.Endpoint,
                  url: [host: "track.example.se", port: 443, scheme: "https"],
                  http: [ip: {0, 0, 0, 0}, port: 4000],
                  secret_key_base: "{{s}}",
                  pubsub_server: Tracker.PubSub

                config :logger, level: :info
                """), ("vba adodb connection", static (v, s) => $$"""
                Sub RefreshStock()
                    Dim cn As Object, rs As Object
                    Set cn = CreateObject("ADODB.Connection")
                    cn.Open "Provider=MSOLEDBSQL;Data Source=ERP-SQL;Initial Catalog=Navision;" & _
                            "User ID=excel_ro;Password={{s}};"
                    Set rs = cn.Execute("SELECT ItemNo, Qty FROM dbo.vwStock")
                    Sheets("Stock").Range("A2").CopyFromRecordset rs
                    cn.Close
                End Sub
                """), ("powershell securestring script", static (v, s) => $$"""
                $ErrorActionPreference = 'Stop'
                Import-Module VMware.PowerCLI
                $pw   = ConvertTo-SecureString '{{s}}' -AsPlainText -Force
                $cred = [pscredential]::new('vsphere.local\snapshot-bot', $pw)
                Connect-VIServer -Server vcsa.dc1.example -Credential $cred | Out-Null
                Get-VM | Get-Snapshot | Where-Object Created -lt (Get-Date).AddDays(-7) | Remove-Snapshot -Confirm:$false
                """), ("lua nginx hmac", static (v, s) => $$"""
                local hmac = require "resty.hmac"
                local str  = require "resty.string"

                local shared_secret = "{{s}}"

                local function sign(uri, expires)
                    local h = hmac:new(shared_secret, hmac.ALGOS.SHA256)
                    return str.to_hex(h:final(uri .. "|" .. expires))
                end

                return { sign = sign }
                """), ("doubly escaped event body", static (v, s) =>
            $$"""
                {
                  "Records": [
                    {
                      "messageId": "{{v.Uuid()}}",
                      "body": "{\"Type\":\"Notification\",\"TopicArn\":\"arn:aws:sns:eu-west-1:{{v.Of(
                    Values.Digits,
                    12
                )}}:onboarding\",\"Message\":\"{\\\"email\\\":\\\"new.hire@example.com\\\",\\\"initialPassword\\\":\\\"{{s}}\\\",\\\"team\\\":\\\"support\\\"}\"}",
                      "eventSource": "aws:sqs"
                    }
                  ]
                }
                """
        ), ("urlencoded token request body", static (v, s) => $$"""
                POST /realms/portal/protocol/openid-connect/token HTTP/1.1
                Host: login.example.eu
                Content-Type: application/x-www-form-urlencoded
                Content-Length: 143

                grant_type=client_credentials&client_id=mobile-bff&client_secret={{s}}&scope=openid%20orders.read&audience=https%3A%2F%2Fapi.example.eu
                """), ("html hidden smtp field", static (v, s) => $$"""
                <form action="/admin/mail" method="post">
                  <input type="hidden" name="_csrf_enabled" value="1">
                  <label>Server <input name="smtp_host" value="mail.example.info"></label>
                  <label>User <input name="smtp_user" value="shop@example.info"></label>
                  <label>Password <input type="password" name="smtp_pass" value="{{s}}" autocomplete="off"></label>
                  <button>Save</button>
                </form>
                """), ("html table wiki page", static (v, s) => $$"""
                <h2>Test accounts (QA3)</h2>
                <table class="confluenceTable"><tbody>
                <tr><th>Role</th><th>Login</th><th>Password</th></tr>
                <tr><td>Branch manager</td><td><code>qa3.manager</code></td><td><code>{{s}}</code></td></tr>
                <tr><td>Read only</td><td><code>qa3.viewer</code></td><td>use SSO</td></tr>
                </tbody></table>
                <p>Last edited 12 Feb, page id {{v.Of(Values.Digits, 8)}}</p>
                """), ("json array of webhook secrets", static (v, s) => $$"""
                {
                  "endpoint": "https://hooks.example.ca/incoming",
                  "id": "we_{{v.Of(Values.AlphaNumeric, 16)}}",
                  "events": ["order.created", "order.refunded"],
                  "signingSecrets": [
                    "{{s}}"
                  ],
                  "disabled": false
                }
                """), ("cloudformation parameter pairs", static (v, s) => $$"""
                [
                  { "ParameterKey": "ClusterName", "ParameterValue": "docdb-reviews" },
                  { "ParameterKey": "InstanceClass", "ParameterValue": "db.r6g.large" },
                  { "ParameterKey": "MasterUsername", "ParameterValue": "root_admin" },
                  { "ParameterKey": "MasterUserPassword", "ParameterValue": "{{s}}" },
                  { "ParameterKey": "SubnetIds", "ParameterValue": "subnet-{{v.Hex(17)}}" }
                ]
                """), ("rtsp url with user info", static (v, s) => $$"""
                cameras:
                  driveway:
                    ffmpeg:
                      inputs:
                        - path: rtsp://viewer:{{s}}@192.168.30.17:554/h264Preview_01_main
                          roles: [detect, record]
                    detect:
                      width: 1280
                      height: 720
                      fps: 5
                """), ("header dump shopify", static (v, s) => $$"""
                * Request completely sent off
                > GET /admin/api/2024-01/orders.json?status=any&limit=50 HTTP/2
                > Host: example-store.myshopify.com
                > User-Agent: inventory-sync/1.8
                > Accept: application/json
                > X-Shopify-Access-Token: {{s}}
                >
                < HTTP/2 200
                < x-request-id: {{v.Uuid()}}
                < x-shopify-shop-api-call-limit: 12/40
                """), ("har cookie entry", static (v, s) =>
            $$"""
                "request": {
                  "method": "GET",
                  "url": "https://intranet.example.nl/vacation/overview",
                  "httpVersion": "h2",
                  "headers": [
                    { "name": "accept-language", "value": "nl-NL,nl;q=0.9" },
                    { "name": "cookie", "value": "theme=dark; _ga=GA1.2.{{v.Of(
                    Values.Digits,
                    9
                )}}.{{v.Of(Values.Digits, 10)}}; sessionid={{s}}" },
                    { "name": "sec-fetch-mode", "value": "navigate" }
                  ],
                  "bodySize": 0
                }
                """
        ), ("soap username token", static (v, s) => $$"""
                <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">
                  <soapenv:Header>
                    <wsse:Security soapenv:mustUnderstand="1">
                      <wsse:UsernameToken wsu:Id="UsernameToken-{{v.Hex(32)}}">
                        <wsse:Username>ws_customs</wsse:Username>
                        <wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">{{s}}</wsse:Password>
                        <wsu:Created>2024-06-03T07:11:20Z</wsu:Created>
                      </wsse:UsernameToken>
                    </wsse:Security>
                  </soapenv:Header>
                  <soapenv:Body><dec:GetStatus><dec:Mrn>24AT{{v.Of(Values.Digits, 12)}}</dec:Mrn></dec:GetStatus></soapenv:Body>
                </soapenv:Envelope>
                """), ("postman environment variable", static (v, s) => $$"""
                {
                  "id": "{{v.Uuid()}}",
                  "name": "Partner sandbox",
                  "values": [
                    { "key": "baseUrl", "value": "https://sandbox.partner.example/v2", "type": "default", "enabled": true },
                    { "key": "merchantId", "value": "M{{v.Of(Values.Digits, 8)}}", "type": "default", "enabled": true },
                    { "key": "hmacSecret", "value": "{{s}}", "type": "secret", "enabled": true }
                  ],
                  "_postman_variable_scope": "environment"
                }
                """), ("configmap with embedded properties", static (v, s) => $$"""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: nifi-config
                  namespace: ingest
                  resourceVersion: "{{v.Of(Values.Digits, 8)}}"
                data:
                  nifi.properties: |
                    nifi.web.https.port=8443
                    nifi.security.keystoreType=PKCS12
                    nifi.sensitive.props.key={{s}}
                    nifi.cluster.is.node=true
                """), ("encoded redirect in json log", static (v, s) =>
            $$"""{"ts":"2024-04-18T13:20:07.118Z","lvl":"warn","svc":"sso-proxy","msg":"redirect refused","trace":"{{v.Hex(16)}}","location":"https://portal.example.com/login?next=%2Freports%2F17&user=m.ortiz%40example.com&password={{s}}&remember=1","status":403}"""
        ), ("php var dump config", static (v, s) => $$"""
                array(4) {
                  ["driver"]=>
                  string(6) "ftpext"
                  ["host"]=>
                  string(19) "ftp.printshop.local"
                  ["username"]=>
                  string(9) "joomla-up"
                  ["ftp_password"]=>
                  string(24) "{{s}}"
                }
                """), ("openssl pkcs12 passin", static (v, s) => $$"""
                $ openssl pkcs12 -in wildcard.pfx -nokeys -clcerts -passin pass:{{s}} | openssl x509 -noout -subject -enddate -fingerprint -sha256
                subject=CN = *.example.com
                notAfter=Nov 21 23:59:59 2025 GMT
                sha256 Fingerprint={{v.Hex(64)}}
                """), ("sshpass switch backup", static (v, s) => $$"""
                for sw in 10.1.99.11 10.1.99.12 10.1.99.13; do
                  sshpass -p '{{s}}' ssh -o StrictHostKeyChecking=no backup@$sw 'show running-config' > $sw.cfg
                done
                Warning: Permanently added '10.1.99.11' (RSA) to the list of known hosts.
                Connection to 10.1.99.11 closed by remote host.
                """), ("psql with inline pgpassword", static (v, s) => $$"""
                PGPASSWORD={{s}} psql -h replica.pg.example -U readonly -d events -Atc "select max(created_at) from clicks"
                2024-07-01 05:59:58.113+00
                """), ("helm upgrade set flag", static (v, s) => $$"""
                + helm upgrade --install sonarqube sonarqube/sonarqube -n quality --version 10.4.0 --set jdbcOverwrite.jdbcUsername=sonar --set jdbcOverwrite.jdbcPassword={{s}} --wait
                Release "sonarqube" has been upgraded. Happy Helming!
                NAME: sonarqube
                LAST DEPLOYED: Thu Mar 21 10:31:02 2024
                NAMESPACE: quality
                STATUS: deployed
                REVISION: 7
                """), ("net use drive mapping", static (v, s) => $$"""
                C:\Users\petra>net use S: \\fs01.corp.example\scans /user:CORP\scanner {{s}} /persistent:yes
                The command completed successfully.

                C:\Users\petra>dir S:\ /b | find /c ".pdf"
                418
                """), ("ldapsearch bind parameter", static (v, s) => $$"""
                # ldapsearch -x -LLL -H ldaps://ldap.example.edu -D "cn=reader,dc=example,dc=edu" -w {{s}} -b "ou=people,dc=example,dc=edu" "(uid=jdoe)" mail uidNumber
                dn: uid=jdoe,ou=people,dc=example,dc=edu
                mail: jdoe@example.edu
                uidNumber: 20417
                """), ("smbclient percent notation", static (v, s) => $$"""
                root@scan:~# smbclient //10.8.1.4/finance -U 'CORP/audit%{{s}}' -c 'ls'
                  .                                   D        0  Mon Feb  5 08:11:45 2024
                  Q4-closing.xlsx                     A   884210  Fri Jan 12 17:30:02 2024

                                15728127 blocks of size 4096. 8820113 blocks available
                """), ("seven zip encrypted archive", static (v, s) => $$"""
                7z a -t7z -mhe=on -p{{s}} payroll-2024-05.7z ./payroll/*.csv

                7-Zip 23.01 (x64) : Copyright (c) 1999-2023 Igor Pavlov : 2023-06-20
                Creating archive: payroll-2024-05.7z
                Add new data to archive: 14 files, 2210443 bytes (2159 KiB)
                Everything is Ok
                """), ("service principal created", static (v, s) => $$"""
                $ az ad sp create-for-rbac -n gh-deployer --role Contributor --scopes /subscriptions/{{v.Uuid()}}/resourceGroups/rg-web
                Creating 'Contributor' role assignment under scope
                The output includes credentials that you must protect. Be sure that you do not include these credentials in your code.
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "gh-deployer",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """), ("elasticsearch first start banner", static (v, s) => $$"""
                ✅ Elasticsearch security features have been automatically configured!
                ✅ Authentication is enabled and cluster connections are encrypted.

                ℹ️  Password for the elastic user (reset with `bin/elasticsearch-reset-password -u elastic`):
                  {{s}}

                ℹ️  HTTP CA certificate SHA-256 fingerprint:
                  {{v.Hex(64)}}
                """), ("argocd initial password command", static (v, s) => $$"""
                kim@laptop ~ % kubectl -n argocd get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d; echo
                {{s}}
                kim@laptop ~ % kubectl -n argocd get svc argocd-server
                NAME            TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)          AGE
                argocd-server   ClusterIP   10.43.118.207   <none>        80/TCP,443/TCP   6m
                """), ("process list of java agent", static (v, s) => $$"""
                app       8812  3.1 11.0 9120448 1804220 ?  Sl   Apr29 212:44 /usr/lib/jvm/java-17/bin/java -Xmx1g -Djavax.net.ssl.trustStore=/etc/pki/trust.jks -Djavax.net.ssl.trustStorePassword={{s}} -Dserver.port=8085 -jar /opt/gateway/gateway.jar
                app       8960  0.0  0.0   12144    1100 pts/1 S+  10:02   0:00 grep java
                """), ("bash history vpn", static (v, s) => $$"""
                  512  cd /etc/openvpn/client
                  513  ls -l
                  514  echo "{{s}}" | sudo openconnect --user=rwagner --passwd-on-stdin --authgroup=Staff vpn.example.de
                  515  ip route | grep tun0
                  516  ping -c2 10.10.0.1
                """), ("nginx access log query key", static (v, s) =>
            $$"""
                10.2.0.31 - - [11/Jun/2024:04:12:09 +0000] "GET /geocode/json?address=Hauptplatz+1+Linz&api_key={{s}}&lang=de HTTP/1.1" 200 1843 "-" "okhttp/4.12.0" rt=0.114 rid={{v.Hex(
                    32
                )}}
                10.2.0.31 - - [11/Jun/2024:04:12:10 +0000] "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.28" rt=0.000 rid={{v.Hex(32)}}
                """
        ), ("windows event process creation", static (v, s) => $$"""
                Log Name:      Security
                Event ID:      4688
                Computer:      WS-ACC-114.corp.example
                Description:   A new process has been created.
                  Creator Subject: S-1-5-21-{{v.Of(Values.Digits, 10)}}-{{v.Of(Values.Digits, 9)}}-{{v.Of(Values.Digits, 10)}}-1107
                  New Process Name: C:\Windows\System32\net1.exe
                  Process Command Line: net1 user helpdesk.local {{s}} /add /expires:never
                  Token Elevation Type: %%1936
                """), ("stack trace with connection string", static (v, s) => $$"""
                System.Data.SqlClient.SqlException (0x80131904): Login failed for user 'wms_rf'.
                   at System.Data.SqlClient.SqlInternalConnectionTds..ctor(DbConnectionPoolIdentity identity)
                   at Wms.Data.ConnectionFactory.Open(String cs) in D:\src\Wms.Data\ConnectionFactory.cs:line 41
                ClientConnectionId:{{v.Uuid()}}
                  ---> attempted: Server=tcp:WMS-SQL2,1433;Initial Catalog=WMS;User Id=wms_rf;Pwd={{s}};Connect Timeout=15
                """), ("rails parameters unfiltered", static (v, s) => $$"""
                I, [2024-03-14T15:50:03.221874 #771]  INFO -- : [{{v.Uuid()}}] Started PATCH "/profile/security" for 84.115.20.9 at 2024-03-14 15:50:03 +0100
                I, [2024-03-14T15:50:03.224519 #771]  INFO -- : [{{v.Uuid()}}] Parameters: {"_method"=>"patch", "user"=>{"locale"=>"de", "new_passphrase"=>"{{s}}"}, "commit"=>"Save"}
                I, [2024-03-14T15:50:03.310022 #771]  INFO -- : Completed 302 Found in 85ms (ActiveRecord: 6.1ms)
                """), ("ftp session transcript", static (v, s) => $$"""
                Status:    Connecting to 203.0.113.50:21...
                Response:  220 ProFTPD Server ready.
                Command:   USER web{{v.Of(Values.Digits, 4)}}
                Response:  331 Password required
                Command:   PASS {{s}}
                Response:  230 User logged in
                Command:   PWD
                Response:  257 "/" is the current directory
                """), ("chat staging login english", static (v, s) => $$"""
                [10:42] Priya: hey, can you check why the discount doesn't show up on staging?
                [10:43] Tom: sure, which login?
                [10:44] Priya: marketing-test@example.com, password is {{s}}
                [10:44] Priya: it's the campaign {{v.Of(Values.Digits, 5)}} one
                [10:47] Tom: in. looking
                """), ("ticket router handover", static (v, s) => $$"""
                Ticket #48{{v.Of(Values.Digits, 3)}} – Branch office Leeds, router replaced
                Status: resolved      Assigned: Network Ops

                Swapped the faulty unit, serial {{v.Of(Values.AlphaNumeric, 11)}}. Config restored from backup of 3 May.
                The local admin account was reset on site, it's now admin / {{s}} until we get TACACS working again.
                Please close after the line test.
                """), ("mail sftp credentials to customer", static (v, s) => $$"""
                Subject: RE: RE: SFTP access for monthly extracts

                Hi Martin,

                the account is ready. Host sftp.dataservices.example, port 2022, user "northwind_ext".
                As discussed, your initial passphrase: {{s}}

                You can find the files below /outgoing from the 2nd working day on.

                Kind regards
                Helen
                """), ("prompt to assistant with key", static (v, s) =>
            $$"""Write me a small Python script that pulls all invoices from the last 30 days from our Lexware account and puts them into one Excel file. My API key for it is {{s}} and the base url is https://api.lexoffice.io/v1. Columns: number, date, customer, gross amount. Thanks!"""
        ), ("slack wifi for visitors", static (v, s) => $$"""
                *#office-berlin*
                anna.k  9:02 AM
                Auditors are here all week in room 3.12. Guest Wi-Fi is "HQ-Visitors", the key changed on Monday to {{s}} – please don't put it on the whiteboard again :pray:
                ben  9:05 AM
                :+1: and the projector needs the HDMI adapter from reception
                """), ("pull request comment leaked", static (v, s) => $$"""
                @rkaur commented on lines +12 to +15
                You've committed the real Twilio auth token here ({{s}}). Please rotate it and read it from the parameter store, the account SID can stay.
                Also `retry_count` should be an int. Otherwise LGTM after the rebase onto {{v.Hex(8)}}.
                """), ("shift handover note", static (v, s) => $$"""
                Night shift handover 17/06
                - Backup of SAN-B failed twice, case {{v.Of(Values.Digits, 9)}} open with vendor
                - Unlocked the UPS web card, had to set a new pw: {{s}} (user apc). Will be put in the vault by day shift
                - Fan alarm in rack 14 ignored as agreed
                """), ("voice assistant style request", static (v, s) =>
            $$"""ok so log into the phpMyAdmin at db.clubsite.example for me, user clubadmin, and for the password use {{s}}, then export the members table as csv and tell me how many rows have no e-mail address"""
        ), ("vendor support reply license", static (v, s) => $$"""
                Dear Mr. Okafor,

                Thank you for contacting support (case 00{{v.Of(Values.Digits, 6)}}).
                We have re-issued the recovery passphrase of your appliance's encrypted volume. Boot to maintenance mode and enter
                    {{s}}
                when asked. Firmware 9.1.4 or later is required. Keep it in a safe place; we cannot restore it again.

                Best regards, Tier 2 Storage
                """), ("german mail database access", static (v, s) => $$"""
                Hallo Jürgen,

                für den Monatsabschluss brauchst du Zugriff auf die Auswertungsdatenbank: Server SQLREP02, Benutzer abschluss_ro, das Kennwort lautet {{s}}
                Bitte nicht weiterleiten. Die Sicht heißt dbo.vwUmsatzMonat, Stand von gestern 22:00.

                LG Karin
                """), ("french ticket vpn reset", static (v, s) => $$"""
                Demande n° {{v.Of(Values.Digits, 6)}} — Réinitialisation VPN
                Bonjour,
                Le compte de Mme Lefèvre (clefevre) a été débloqué ce matin. Son nouveau mot de passe provisoire est {{s}} ; elle devra le changer à la première connexion.
                Client à utiliser : version 5.1.2, passerelle vpn.exemple.fr.
                Cordialement, le support
                """), ("spanish chat server root", static (v, s) => $$"""
                Luis: ¿sabes cómo entro al servidor nuevo de la tienda?
                Marta: sí, ssh root@203.0.113.91, puerto 2201
                Marta: la contraseña es {{s}}
                Luis: perfecto, ya estoy. Actualizo los paquetes y reinicio a las 14:00
                """), ("polish mail panel", static (v, s) => $$"""
                Cześć Aniu,
                poniżej dane do panelu hostingu, żebyś mogła podmienić baner:
                adres: https://panel.hosting.example
                login: sklep{{v.Of(Values.Digits, 4)}}
                hasło: {{s}}
                Daj znać, jak skończysz, to zmienię je z powrotem.
                Pozdrawiam, Marek
                """), ("portuguese request to assistant", static (v, s) =>
            $$"""Preciso de ajuda com a integração do gateway de pagamento. No ambiente de produção o merchant é {{v.Of(Values.Digits, 10)}} e a chave secreta da API é {{s}}. Quando envio o pedido recebo erro 401, mas na sandbox funciona. O que pode estar errado? O cabeçalho segue a documentação da versão 3."""
        ), ("japanese chat nas login", static (v, s) => $$"""
                佐藤: お疲れさまです。共有NASにログインできないのですが…
                田中: 昨日管理者アカウントを更新しました。ユーザー名は nasadmin、パスワードは {{s}} です。
                佐藤: ありがとうございます。入れました!
                田中: 来週また変更するので、メモは残さないでください。
                """)];
}
