namespace Kilometers.RedactionBench.Corpus;

/// <summary>Texts from corners that nothing else here has: devices, mainframes, tables of tools, tickets, chats in other languages. They were written without a look at the rules; rules were made from what leaked.</summary>
internal static class Corners
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        ("arista radius key in session diff", static (v, s) => $$"""
                leaf-a07(config-s-tacmig)#show session-config diffs
                --- system:/running-config
                +++ session:/tacmig-session-config
                @@ -112,7 +112,8 @@
                 aaa authentication login default group radius local
                -radius-server host 10.44.0.11 vrf MGMT
                +radius-server host 10.44.0.21 vrf MGMT timeout 3 key 0 {{s}}
                 ip radius vrf MGMT source-interface Management1
                 !
                 interface Ethernet49/1
                    description spine-a01 et7/1
                """),
        ("fortigate phase1 paste", static (v, s) => $$"""
                FW-LYON-01 # config vpn ipsec phase1-interface
                    edit "to-nantes"
                        set interface "wan2"
                        set ike-version 2
                        set keylife 86400
                        set peertype any
                        set proposal aes256-sha256 aes256gcm-prfsha384
                        set dhgrp 20 21
                        set remote-gw 198.51.100.74
                        set psksecret {{s}}
                        set dpd-retryinterval 10
                    next
                end
                FW-LYON-01 # diagnose vpn ike gateway list name to-nantes
                """),
        ("routeros export with sensitive values", static (v, s) => $$"""
                # 2026-02-17 08:41:55 by RouterOS 7.18.2
                # software id = QK3T-{{v.Of(Values.Digits, 4)}}
                # model = L009UiGS-2HaxD
                # serial number = HH{{v.Hex(8)}}
                /interface wifi security
                add authentication-types=wpa2-psk,wpa3-psk disabled=no name=sec-lager passphrase={{s}}
                /interface wifi configuration
                add country=Austria mode=ap name=cfg-lager security=sec-lager ssid=LAGER-SCANNER
                /ip pool
                add name=dhcp-lager ranges=192.168.88.50-192.168.88.180
                """),
        ("ipmitool resets the bmc user", static (v, s) => $$"""
                root@hv14:~# ipmitool -I lanplus -H 10.9.3.114 -U ADMIN -f /home/ops/.bmc user list 1
                ID  Name             Callin  Link Auth  IPMI Msg   Channel Priv Limit
                2   ADMIN            false   false      true       ADMINISTRATOR
                4   monitoring       true    false      true       OPERATOR
                root@hv14:~# ipmitool -I lanplus -H 10.9.3.114 -U ADMIN -f /home/ops/.bmc user set password 4 {{s}} 20
                Set User Password command successful (user 4)
                root@hv14:~# ipmitool mc info | grep -i firmware
                Firmware Revision         : 1.74
                """),
        ("redfish patch for idrac account", static (v, s) => $$"""
                PATCH https://idrac-r760-03.mgmt.example.net/redfish/v1/AccountService/Accounts/5
                If-Match: "{{v.Hex(16)}}"
                Content-Type: application/json

                {
                  "UserName": "ops-redfish",
                  "Password": "{{s}}",
                  "RoleId": "Operator",
                  "Enabled": true
                }

                HTTP/1.1 200 OK
                {"@Message.ExtendedInfo":[{"MessageId":"Base.1.12.Success","Message":"The request completed successfully."}]}
                """),
        ("bind tsig key clause", static (v, s) => $$"""
                $ sudo sed -n '1,30p' /etc/bind/keys.d/ns2.conf
                // zone transfers to ns2 (hetzner), rotated 2026-01
                key "xfer-ns2.example.org" {
                        algorithm hmac-sha256;
                        secret "{{s}}";
                };

                server 203.0.113.53 {
                        keys { "xfer-ns2.example.org"; };
                        provide-ixfr yes;
                };
                """),
        ("postfix relay map line", static (v, s) => $$"""
                mx1:/etc/postfix # postconf -n | grep -E 'relayhost|sasl_password'
                relayhost = [mail-eu.smtp2go.com]:2525
                smtp_sasl_password_maps = lmdb:/etc/postfix/relay_auth
                mx1:/etc/postfix # cat relay_auth
                [mail-eu.smtp2go.com]:2525    mx1-outbound:{{s}}
                mx1:/etc/postfix # postqueue -p | tail -1
                -- 214 Kbytes in 38 Requests.
                """),
        ("dovecot ldap bind", static (v, s) => $$"""
                # /etc/dovecot/dovecot-ldap.conf.ext
                uris = ldaps://dc01.corp.example.com ldaps://dc02.corp.example.com
                dn = CN=svc-imap,OU=Service,DC=corp,DC=example,DC=com
                dnpass = {{s}}
                auth_bind = yes
                base = OU=Staff,DC=corp,DC=example,DC=com
                user_filter = (&(objectClass=person)(mail=%u))
                pass_filter = (&(objectClass=person)(mail=%u))
                iterate_attrs = mail=user
                """),
        ("borgmatic repository section", static (v, s) => $$"""
                repositories:
                    - path: ssh://u{{v.Of(Values.Digits, 6)}}@u{{v.Of(Values.Digits, 6)}}.your-storagebox.de:23/./nas-borg
                      label: storagebox
                source_directories:
                    - /srv/share
                    - /etc
                compression: zstd,6
                encryption_passphrase: "{{s}}"
                archive_name_format: 'nas-{now:%Y-%m-%dT%H:%M}'
                keep_daily: 14
                keep_monthly: 12
                healthchecks:
                    ping_url: https://hc.example.net/ping/nas
                    states: [finish, fail]
                """),
        ("veeam encryption key cmdlet", static (v, s) => $$"""
                PS C:\> $k = ConvertTo-SecureString -String '{{s}}' -AsPlainText -Force
                PS C:\> Add-VBREncryptionKey -Password $k -Description 'LTO offsite 2026'

                Id               : {{v.Uuid()}}
                Description      : LTO offsite 2026
                ModificationDate : 3/2/2026 9:14:07 AM
                LoseProtection   : False

                PS C:\> Get-VBRJob -Name 'SOBR copy' | Select-Object Name, IsScheduleEnabled
                """),
        ("proxmox api token creation", static (v, s) => $$"""
                root@pve3:~# pveum user token add exporter@pve prom --privsep 1
                ┌──────────────┬──────────────────────────────────────┐
                │ key          │ value                                │
                ╞══════════════╪══════════════════════════════════════╡
                │ full-tokenid │ exporter@pve!prom                    │
                ├──────────────┼──────────────────────────────────────┤
                │ info         │ {"privsep":"1"}                      │
                ├──────────────┼──────────────────────────────────────┤
                │ value        │ {{s}} │
                └──────────────┴──────────────────────────────────────┘
                root@pve3:~# pveum acl modify / --tokens 'exporter@pve!prom' --roles PVEAuditor
                """),
        ("libvirt graphics element", static (v, s) => $$"""
                # virsh dumpxml --security-info winbuild2 | xmllint --xpath '//devices/graphics|//devices/video' -
                <graphics type='vnc' port='5903' autoport='no' listen='0.0.0.0' passwd='{{s}}'>
                  <listen type='address' address='0.0.0.0'/>
                </graphics>
                <video>
                  <model type='virtio' heads='1' primary='yes'/>
                  <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
                </video>
                """),
        ("esxi kickstart", static (v, s) => $$"""
                vmaccepteula
                install --firstdisk=usb,local --overwritevmfs
                network --bootproto=static --ip=10.30.1.23 --netmask=255.255.255.0 --gateway=10.30.1.1 --hostname=esx23 --nameserver=10.30.0.53 --vlanid=30
                rootpw {{s}}
                reboot

                %firstboot --interpreter=busybox
                vim-cmd hostsvc/enable_ssh
                vim-cmd hostsvc/start_ssh
                esxcli system ntp set --server=10.30.0.123 --enabled=true
                """),
        ("snmp v3 check of a printer", static (v, s) => $$"""
                nagios@mon1:~$ snmpget -v3 -l authNoPriv -u prtmon -a SHA-256 -A '{{s}}' 10.61.4.40 1.3.6.1.2.1.43.11.1.1.9.1.1 1.3.6.1.2.1.43.10.2.1.4.1.1
                SNMPv2-SMI::mib-2.43.11.1.1.9.1.1 = INTEGER: 37
                SNMPv2-SMI::mib-2.43.10.2.1.4.1.1 = Counter32: {{v.Of(Values.Digits, 6)}}
                nagios@mon1:~$ snmpget -v3 -l noAuthNoPriv -u prtmon 10.61.4.41 sysName.0
                Timeout: No Response from 10.61.4.41.
                """),
        ("scan to folder profile of a copier", static (v, s) => $$"""
                [Kyocera TASKalfa 4054ci  /  Address Book export 2026-01-22]
                No.;Name;Type;Host;Path;Port;LoginUser;LoginPassword
                0001;Buchhaltung;SMB;fs02.intern.example.de;scan\buha;445;EXAMPLE\scanner;{{s}}
                0002;Empfang;E-Mail;;;;;
                0003;Personal;E-Mail;;;;;
                ; MAC 00:17:C8:{{v.Hex(2)}}:{{v.Hex(2)}}:{{v.Hex(2)}}
                """),
        ("storcli drive encryption", static (v, s) => $$"""
                [root@ceph-osd09 ~]# storcli64 /c0 set securitykey={{s}} keyid=osd09-2026
                CLI Version = 007.3103.0000.0000 Jan 22, 2025
                Operating system = Linux 6.12.0-55.el10.x86_64
                Controller = 0
                Status = Success
                Description = None

                Controller Properties :
                =====================
                -----------------------
                Ctrl_Prop        Value
                -----------------------
                SecurityKey      SET
                -----------------------
                """),
        ("opnsense radius backend in the config history", static (v, s) => $$"""
                --- /conf/backup/config-1770{{v.Of(Values.Digits, 6)}}.xml
                +++ /conf/config.xml
                @@ -214,6 +214,15 @@
                     <authserver>
                       <refid>{{v.Hex(13)}}</refid>
                       <type>radius</type>
                       <name>nps-vpn</name>
                +      <radius_protocol>MSCHAPv2</radius_protocol>
                       <host>10.2.0.8</host>
                +      <radius_secret>{{s}}</radius_secret>
                       <radius_timeout>5</radius_timeout>
                       <radius_auth_port>1812</radius_auth_port>
                     </authserver>
                """),
        ("vrrp instance of keepalived", static (v, s) => $$"""
                vrrp_instance VI_DNS {
                    state BACKUP
                    interface bond0.53
                    virtual_router_id 53
                    priority 90
                    advert_int 1
                    authentication {
                        auth_type PASS
                        auth_pass {{s}}
                    }
                    virtual_ipaddress {
                        10.53.0.1/24 dev bond0.53
                    }
                    track_script { chk_unbound }
                }
                """),
        ("frr neighbor with md5", static (v, s) => $$"""
                edge2# show running-config bgpd
                Building configuration...

                Current configuration:
                !
                frr version 10.3
                hostname edge2
                !
                router bgp 65{{v.Of(Values.Digits, 3)}}
                 bgp router-id 192.0.2.2
                 neighbor 203.0.113.9 remote-as 64500
                 neighbor 203.0.113.9 description transit-A circuit 77-{{v.Of(Values.Digits, 6)}}
                 neighbor 203.0.113.9 password {{s}}
                 !
                 address-family ipv4 unicast
                  neighbor 203.0.113.9 prefix-list OUT out
                 exit-address-family
                end
                """),
        ("synology dsm notes handed to the assistant", static (v, s) =>
            $$"""
                The NAS in Rack 4 (DS1823xs+, serial 23{{v.Of(
                    Values.Digits,
                    4
                )}}RQ) won't mount the encrypted share "hr-archive" after last night's DSM 7.3 update.
                I get "failed to mount encrypted shared folder" in Control Panel. Key manager is empty, so I type the encryption key by hand, it's {{s}}, and that one has worked since 2023.
                dmesg says:
                [  214.553017] ecryptfs: Could not find valid key in user session keyring for sig specified in mount option
                Volume is healthy, btrfs scrub done on 2026-02-28. What should I check next?
                """
        ),
        ("sqlmesh gateways", static (v, s) => $$"""
                gateways:
                  prod:
                    connection:
                      type: redshift
                      host: dwh.c{{v.Of(Values.AlphaNumeric, 10)}}.eu-west-1.redshift.amazonaws.com
                      user: sqlmesh_runner
                      password: {{s}}
                      database: analytics
                    state_connection:
                      type: duckdb
                      database: /var/lib/sqlmesh/state.db
                default_gateway: prod
                model_defaults:
                  dialect: redshift
                  start: 2024-07-01
                """),
        ("snowpark notebook cell", static (v, s) => $$"""
                In [3]: params = dict(
                   ...:     account="xy{{v.Of(Values.Digits, 5)}}.west-europe.azure",
                   ...:     user="MARTA.LINDQVIST",
                   ...:     role="ANALYST_FIN",
                   ...:     warehouse="WH_XS",
                   ...:     passcode_in_password=False,
                   ...:     password="{{s}}",
                   ...: )
                   ...: session = Session.builder.configs(params).create()

                In [4]: session.sql("select current_role(), current_warehouse()").show()
                ----------------------------------------------
                |"CURRENT_ROLE()"  |"CURRENT_WAREHOUSE()"  |
                ----------------------------------------------
                |ANALYST_FIN       |WH_XS                  |
                ----------------------------------------------
                """),
        ("jupyter server start on a gpu box", static (v, s) => $$"""
                [I 2026-03-04 07:52:10.331 ServerApp] jupyterlab | extension was successfully loaded.
                [I 2026-03-04 07:52:10.337 ServerApp] Serving notebooks from local directory: /home/ubuntu/exp
                [I 2026-03-04 07:52:10.337 ServerApp] Jupyter Server 2.15.0 is running at:
                [I 2026-03-04 07:52:10.337 ServerApp] http://gpu-a100-2:8888/lab?token={{s}}
                [I 2026-03-04 07:52:10.338 ServerApp] Use Control-C to stop this server and shut down all kernels (twice to skip confirmation).
                [W 2026-03-04 07:52:10.341 ServerApp] No web browser found: Error('could not locate runnable browser').
                """),
        ("airflow connection printed as yaml", static (v, s) => $$"""
                $ airflow connections get sftp_bank -o yaml
                - conn_id: sftp_bank
                  conn_type: sftp
                  description: daily MT940 drop
                  extra_dejson:
                    no_host_key_check: 'true'
                  get_uri: null
                  host: sftp.bank.example
                  id: '{{v.Of(Values.Digits, 2)}}'
                  is_encrypted: 'True'
                  login: acme_recon
                  password: {{s}}
                  port: '2222'
                  schema: null
                """),
        ("prefect secret block in a script", static (v, s) => $$"""
                from prefect.blocks.system import Secret, JSON

                # one-off, run on 2026-02-11 against workspace {{v.Uuid()}}
                Secret(value="{{s}}").save("netsuite-consumer", overwrite=True)
                JSON(value={"subsidiaries": [1, 4, 9], "page_size": 1000}).save("netsuite-settings", overwrite=True)
                print("blocks registered")
                """),
        ("rich traceback with locals of a qdrant client", static (v, s) => $$"""
                ╭───────────────────── Traceback (most recent call last) ─────────────────────╮
                │ /app/ingest/push.py:58 in upsert_batch                                      │
                │                                                                             │
                │   57 │   client = QdrantClient(url=url, api_key=api_key, timeout=30)        │
                │ ❱ 58 │   client.upsert(collection_name=coll, points=points)                 │
                │                                                                             │
                │ ╭───────────────────────────── locals ─────────────────────────────╮        │
                │ │ api_key = '{{s}}'
                │ │    coll = 'manuals_de_v3'                                        │        │
                │ │     url = 'https://{{v.Uuid()}}.eu-central-1-0.aws.cloud.qdrant.io:6333'
                │ ╰──────────────────────────────────────────────────────────────────╯        │
                ╰─────────────────────────────────────────────────────────────────────────────╯
                UnexpectedResponse: Unexpected Response: 413 (Payload Too Large)
                """),
        ("weaviate helm values", static (v, s) => $$"""
                replicas: 3
                image:
                  tag: 1.30.2
                authentication:
                  anonymous_access:
                    enabled: false
                  apikey:
                    enabled: true
                    allowed_keys:
                      - {{s}}
                    users:
                      - rag-backend@example.com
                authorization:
                  admin_list:
                    enabled: true
                    users:
                      - rag-backend@example.com
                """),
        ("pinecone describe stats by curl", static (v, s) => $$"""
                curl -s "https://kb-prod-{{v.Hex(7)}}.svc.aped-4627-b74a.pinecone.io/describe_index_stats" \
                  -H "Api-Key: {{s}}" \
                  -H "X-Pinecone-API-Version: 2025-10" | jq '.namespaces | keys'
                [
                  "handbook-2025",
                  "tickets"
                ]
                """),
        ("litellm proxy settings", static (v, s) => $$"""
                model_list:
                  - model_name: fast
                    litellm_params:
                      model: bedrock/eu.amazon.nova-lite-v1:0
                      aws_region_name: eu-central-1
                  - model_name: embed
                    litellm_params:
                      model: ollama/bge-m3
                      api_base: http://10.8.0.31:11434
                general_settings:
                  master_key: {{s}}
                  database_connection_pool_limit: 20
                litellm_settings:
                  drop_params: true
                """),
        ("metabase pod environment", static (v, s) => $$"""
                $ kubectl exec -n bi deploy/metabase -- env | grep ^MB_ | sort
                MB_DB_DBNAME=metabase
                MB_DB_HOST=pg-bi-rw.bi.svc
                MB_DB_TYPE=postgres
                MB_ENCRYPTION_SECRET_KEY={{s}}
                MB_JETTY_PORT=3000
                MB_SITE_URL=https://bi.example.com
                """),
        ("power query m with header", static (v, s) => $$"""
                let
                    Quelle = Json.Document(Web.Contents("https://api.shop.example.de/v2/orders",
                        [Query = [since = "2026-01-01", limit = "500"],
                         Headers = [#"Accept" = "application/json", #"X-Shop-Api-Key" = "{{s}}"]])),
                    Liste = Quelle[orders],
                    Tabelle = Table.FromList(Liste, Splitter.SplitByNothing(), null, null, ExtraValues.Error),
                    Spalten = Table.ExpandRecordColumn(Tabelle, "Column1", {"id", "number", "total", "created_at"})
                in
                    Spalten
                """),
        ("duckdb s3 secret statement", static (v, s) => $$"""
                D CREATE OR REPLACE SECRET lake (
                      TYPE s3,
                      KEY_ID 'lakereader{{v.Of(Values.Digits, 3)}}',
                      SECRET '{{s}}',
                      ENDPOINT 'minio.data.example.net:9000',
                      URL_STYLE 'path',
                      USE_SSL true
                  );
                ┌─────────┐
                │ Success │
                │ boolean │
                ├─────────┤
                │ true    │
                └─────────┘
                D SELECT count(*) FROM 's3://lake/events/2026/03/*.parquet';
                """),
        ("clickhouse mysql table function", static (v, s) => $$"""
                INSERT INTO dwh.customers_raw
                SELECT id, email_domain, country, created_at
                FROM mysql('crm-replica.example.net:3306', 'crm', 'customers', 'ch_sync', '{{s}}')
                WHERE updated_at >= today() - 2

                Query id: {{v.Uuid()}}

                Ok.

                18342 rows in set. Elapsed: 1.907 sec.
                """),
        ("mlflow credentials file", static (v, s) => $$"""
                $ cat ~/.mlflow/credentials
                [mlflow]
                mlflow_tracking_username = t.okafor
                mlflow_tracking_password = {{s}}
                $ mlflow runs list --experiment-id 14 | head -4
                Date                     Name                 ID
                -----------------------  -------------------  --------------------------------
                2026-02-19 16:04:18 UTC  lgbm-churn-wide      {{v.Hex(32)}}
                """),
        ("wandb login in a slurm log", static (v, s) => $$"""
                + module load cuda/12.6
                + source /scratch/envs/ft/bin/activate
                + wandb login --relogin {{s}}
                wandb: Appending key for api.wandb.ai to your netrc file: /home/jh{{v.Of(Values.Digits, 4)}}/.netrc
                wandb: W&B API key is configured. Use `wandb login --relogin` to force relogin
                + srun --gres=gpu:4 torchrun --nproc_per_node=4 train.py --config configs/sft-8b.yaml
                slurmstepd: error: *** JOB {{v.Of(Values.Digits, 7)}} ON gnode17 CANCELLED AT 2026-01-30T03:11:42 DUE TO TIME LIMIT ***
                """),
        ("databricks abfss account key cell", static (v, s) => $$"""
                # Databricks notebook source
                # MAGIC %md Bronze load, **do not schedule yet**

                # COMMAND ----------

                spark.conf.set(
                    "fs.azure.account.key.stbronzeweu01.dfs.core.windows.net",
                    "{{s}}")

                # COMMAND ----------

                df = spark.read.format("delta").load("abfss://landing@stbronzeweu01.dfs.core.windows.net/sap/vbak")
                display(df.groupBy("VKORG").count())
                """),
        ("redshift unload in query history", static (v, s) =>
            $$"""
                 query  | starttime           | duration | querytxt
                --------+---------------------+----------+---------------------------------------------
                 {{v.Of(
                    Values.Digits,
                    6
                )}} | 2026-02-03 02:00:11 |     48.2 | UNLOAD ('select * from mart.daily_sales') TO 's3://acme-exports/daily/' CREDENTIALS 'aws_access_key_id=EXPORTER{{v.Of(Values.Digits, 4)}};aws_secret_access_key={{s}}' PARQUET ALLOWOVERWRITE
                 {{v.Of(Values.Digits, 6)}} | 2026-02-03 02:01:30 |      0.4 | ANALYZE mart.daily_sales
                (2 rows)
                """
        ),
        ("r markdown chunk for a lab database", static (v, s) => $$"""
                ```{r setup, include=FALSE}
                library(DBI)
                library(dplyr)
                con <- dbConnect(RMariaDB::MariaDB(),
                                 host = "labdb.uni.example.edu", dbname = "cohort24",
                                 user = "rstudio_ro", password = "{{s}}")
                visits <- tbl(con, "visits") |> filter(site %in% c("B", "K")) |> collect()
                ```

                N = `r nrow(visits)` visits were read.
                """),
        ("tableau server client script", static (v, s) => $$"""
                import tableauserverclient as TSC

                auth = TSC.PersonalAccessTokenAuth(
                    token_name="nightly-refresh",
                    personal_access_token="{{s}}",
                    site_id="controlling",
                )
                server = TSC.Server("https://tableau.example.com", use_server_version=True)
                with server.auth.sign_in(auth):
                    wb = server.workbooks.get_by_id("{{v.Uuid()}}")
                    server.workbooks.refresh(wb)
                """),
        ("airbyte source definition over api", static (v, s) => $$"""
                $ abctl local credentials >/dev/null; http GET :8000/api/public/v1/sources/{{v.Uuid()}}
                {
                    "name": "Klaviyo EU",
                    "sourceType": "klaviyo",
                    "workspaceId": "{{v.Uuid()}}",
                    "configuration": {
                        "start_date": "2025-01-01T00:00:00Z",
                        "num_workers": 10,
                        "api_key": "{{s}}",
                        "disable_fetching_predictive_analytics": true
                    },
                    "createdAt": 1769{{v.Of(Values.Digits, 6)}}
                }
                """),
        ("kotlin dsl signing config with literal", static (v, s) => $$"""
                signingConfigs {
                    create("release") {
                        storeFile = rootProject.file("keys/upload.jks")
                        storePassword = System.getenv("UPLOAD_STORE_PW")
                        keyAlias = "upload"
                        keyPassword = "{{s}}"
                        enableV3Signing = true
                    }
                }
                buildTypes {
                    release {
                        isMinifyEnabled = true
                        signingConfig = signingConfigs.getByName("release")
                    }
                }
                """),
        ("keytool list of an old keystore", static (v, s) => $$"""
                $ keytool -list -v -keystore legacy-2017.keystore -storepass '{{s}}' | head -20
                Keystore type: PKCS12
                Keystore provider: SUN

                Your keystore contains 1 entry

                Alias name: androidreleasekey
                Creation date: 14 Mar 2017
                Entry type: PrivateKeyEntry
                Certificate chain length: 1
                Owner: CN=Acme Mobile, OU=Apps, O=Acme, L=Gent, C=BE
                Serial number: {{v.Hex(8)}}
                Signature algorithm name: SHA256withRSA
                """),
        ("notarytool keychain profile", static (v, s) =>
            $$"""
                % xcrun notarytool store-credentials "AC_NOTARY" --apple-id "builds@studio.example" --team-id "7K{{v.Of(
                    Values.Digits,
                    6
                )}}QX" --password "{{s}}"
                This process stores your credentials securely in the Keychain. You reference these credentials later using a profile name.

                Validating your credentials...
                Success. Credentials validated.
                Credentials saved to Keychain.
                To use them, specify `--keychain-profile "AC_NOTARY"`
                """
        ),
        ("p12 import on a mac runner", static (v, s) => $$"""
                $ security create-keychain -p "" build.keychain
                $ security set-keychain-settings -lut 21600 build.keychain
                $ security import dist-2026.p12 -k build.keychain -P {{s}} -T /usr/bin/codesign -T /usr/bin/productsign
                1 identity imported.
                $ security find-identity -v -p codesigning build.keychain
                  1) {{v.Hex(40)}} "Apple Distribution: Nordlicht Apps GmbH (9X{{v.Of(Values.Digits, 6)}}KD)"
                     1 valid identities found
                """),
        ("xcconfig for staging", static (v, s) => $$"""
                // Staging.xcconfig
                #include "Base.xcconfig"

                PRODUCT_BUNDLE_IDENTIFIER = com.example.rides.staging
                API_HOST = staging-api.rides.example.com
                SEGMENT_SOURCE = ios-staging
                API_HMAC_SECRET = {{s}}
                MARKETING_VERSION = 8.14.0
                CURRENT_PROJECT_VERSION = {{v.Of(Values.Digits, 5)}}
                SWIFT_ACTIVE_COMPILATION_CONDITIONS = $(inherited) STAGING
                """),
        ("unity editor build script", static (v, s) => $$"""
                using UnityEditor;

                public static class CiBuild
                {
                    public static void Android()
                    {
                        PlayerSettings.Android.useCustomKeystore = true;
                        PlayerSettings.Android.keystoreName = "Keys/moss.keystore";
                        PlayerSettings.Android.keyaliasName = "moss";
                        PlayerSettings.Android.keyaliasPass = "{{s}}";
                        EditorUserBuildSettings.buildAppBundle = true;
                        BuildPipeline.BuildPlayer(new[] { "Assets/Scenes/Boot.unity" }, "out/moss.aab", BuildTarget.Android, BuildOptions.None);
                    }
                }
                """),
        ("unity batchmode licence return", static (v, s) => $$"""
                COMMAND LINE ARGUMENTS:
                /opt/unity/editors/6000.0.41f1/Editor/Unity
                -quit
                -batchmode
                -nographics
                -returnlicense
                -username
                build@moss-games.example
                -password
                {{s}}
                Successfully changed project path to: /builds/moss
                [Licensing::Module] Channel LicenseClient-root doesn't exist
                [Licensing::Client] Successfully returned the entitlement license
                """),
        ("unreal eos artifact line", static (v, s) =>
            $$"""
                [/Script/OnlineSubsystemEOS.EOSSettings]
                bIsEnabled=True
                CacheDir=CacheDir
                DefaultArtifactName=Retail
                +Artifacts=(ArtifactName="Retail",ClientId="xyza{{v.Of(
                    Values.AlphaNumeric,
                    20
                )}}",ClientSecret="{{s}}",ProductId="{{v.Hex(32)}}",SandboxId="p-{{v.Of(Values.AlphaNumeric, 12)}}",DeploymentId="{{v.Hex(32)}}")
                bUseEAS=True
                bUseEOSConnect=True
                """
        ),
        ("unreal pak crypto json", static (v, s) => $$"""
                {
                  "$types": { "UnrealBuildTool.EncryptionAndSigning+CryptoSettings, UnrealBuildTool": "1" },
                  "$type": "1",
                  "EncryptionKey": {
                    "Name": "Embedded",
                    "Guid": "{{v.Hex(32)}}",
                    "Key": "{{s}}"
                  },
                  "bEnablePakIndexEncryption": true,
                  "bEnablePakIniEncryption": true,
                  "bEnablePakUAssetEncryption": false,
                  "SecondaryEncryptionKeys": []
                }
                """),
        ("godot export credentials", static (v, s) => $$"""
                ; .godot/export_credentials.cfg
                [preset.0]

                script_encryption_key=""

                [preset.1]

                script_encryption_key=""

                [preset.1.options]

                keystore/debug=""
                keystore/release="/home/ida/keys/paper-fox.keystore"
                keystore/release_user="paperfox"
                keystore/release_password="{{s}}"
                """),
        ("perforce login piped", static (v, s) => $$"""
                builder@win-bake-02 MINGW64 /d/ws
                $ p4 set P4PORT=ssl:p4.studio.example:1666
                $ echo '{{s}}' | p4 -u svc_bake login -a
                Enter password:
                User svc_bake logged in.
                $ p4 sync //tides/release/2.4/...@{{v.Of(Values.Digits, 6)}} | tail -1
                //tides/release/2.4/Content/UI/W_Pause.uasset#7 - updating D:\ws\tides\Content\UI\W_Pause.uasset
                """),
        ("steamcmd depot upload", static (v, s) =>
            $$"""
                runner$ ./steamcmd.sh +login tides_uploader {{s}} +run_app_build /srv/steam/app_build_20{{v.Of(
                    Values.Digits,
                    5
                )}}.vdf +quit
                Redirecting stderr to '/home/ops/Steam/logs/stderr.txt'
                Loading Steam API...OK
                Logging in user 'tides_uploader' [U:1:{{v.Of(Values.Digits, 9)}}] to Steam Public...OK
                Waiting for user info...OK
                [2026-03-02 18:20:44]: Starting AppID build (flags 0x0).
                [2026-03-02 18:23:09]: Successfully finished AppID build (BuildID {{v.Of(Values.Digits, 8)}}).
                """
        ),
        ("playfab admin request", static (v, s) => $$"""
                POST /Admin/GetTitleInternalData HTTP/1.1
                Host: {{v.Hex(5)}}.playfabapi.com
                X-SecretKey: {{s}}
                Content-Type: application/json

                {"Keys":["season_rewards","drop_table_v7"]}

                HTTP/1.1 400 Bad Request
                {"code":400,"status":"BadRequest","error":"InvalidParams","errorCode":1000,"errorMessage":"Invalid input parameters"}
                """),
        ("app store receipt check in php worker", static (v, s) => $$"""
                $payload = json_encode([
                    'receipt-data' => $receipt,            // from the device
                    'password' => '{{s}}',   // App-specific shared secret, App Store Connect > Subscriptions
                    'exclude-old-transactions' => true,
                ]);
                $res = $http->post('https://buy.itunes.apple.com/verifyReceipt', $payload);
                if ($res['status'] === 21007) {
                    $res = $http->post('https://sandbox.itunes.apple.com/verifyReceipt', $payload);
                }
                """),
        ("app review sign in information", static (v, s) => $$"""
                App Store Connect - App Review Information - version 5.2 (build {{v.Of(Values.Digits, 4)}})
                Sign-in required: Yes
                User name: reviewer@clinicapp.example
                Password: {{s}}
                Contact: Ines Duarte, +351 210 555 014
                Notes: After sign-in choose "Practice Lisbon". Bluetooth pairing can be skipped with the button at the bottom; the video visit needs a second device, see attached demo_5_2.mov.
                """),
        ("agconnect services file", static (v, s) => $$"""
                {
                  "agcgw": { "backurl": "connect-dre.hispace.hicloud.com", "url": "connect-dre.dbankcloud.cn" },
                  "client": {
                    "cp_id": "{{v.Of(Values.Digits, 16)}}",
                    "product_id": "{{v.Of(Values.Digits, 18)}}",
                    "client_id": "{{v.Of(Values.Digits, 18)}}",
                    "client_secret": "{{s}}",
                    "project_id": "{{v.Of(Values.Digits, 18)}}",
                    "app_id": "{{v.Of(Values.Digits, 9)}}",
                    "package_name": "com.example.fahrplan"
                  },
                  "configuration_version": "3.0"
                }
                """),
        ("flutter build with define", static (v, s) => $$"""
                $ flutter build appbundle --release --obfuscate --split-debug-info=build/sym \
                    --dart-define=ENV=prod --dart-define=WEATHER_API_KEY={{s}} --build-number={{v.Of(Values.Digits, 4)}}
                Running Gradle task 'bundleRelease'...                            141.6s
                ✓ Built build/app/outputs/bundle/release/app-release.aab (38.2MB)
                """),
        ("eas environment variable", static (v, s) => $$"""
                ➜  field-notes git:(main) eas env:create --environment production --name SENTRY_AUTH_TOKEN --value {{s}} --visibility secret --non-interactive
                ✔ Created a new variable SENTRY_AUTH_TOKEN on project @orchard/field-notes.
                ➜  field-notes git:(main) eas build -p ios --profile production --no-wait
                ✔ Build details: https://expo.dev/accounts/orchard/projects/field-notes/builds/{{v.Uuid()}}
                """),
        ("palworld server option settings", static (v, s) => $$"""
                [/Script/Pal.PalGameWorldSettings]
                OptionSettings=(Difficulty=None,DayTimeSpeedRate=1.000000,ExpRate=1.500000,DeathPenalty=Item,ServerPlayerMaxNum=24,ServerName="Freitagsrunde",ServerDescription="",AdminPassword="{{s}}",ServerPassword="",PublicPort=8211,PublicIP="",RCONEnabled=False,Region="eu",bUseAuth=True)
                """),
        ("appium capabilities in wdio", static (v, s) => $$"""
                export const config: WebdriverIO.Config = {
                  user: 'qa_mobile_x{{v.Of(Values.Digits, 3)}}',
                  key: '{{s}}', // BrowserStack access key of the QA account
                  hostname: 'hub.browserstack.com',
                  maxInstances: 4,
                  capabilities: [{
                    platformName: 'android',
                    'appium:app': 'bs://{{v.Hex(40)}}',
                    'appium:deviceName': 'Google Pixel 9',
                    'appium:platformVersion': '15.0',
                  }],
                };
                """),
        ("jira issue result", static (v, s) => $$"""
                {
                  "key": "PORTAL-{{v.Of(Values.Digits, 4)}}",
                  "fields": {
                    "summary": "UAT: invoice PDF empty for dealers in CH",
                    "status": { "name": "In Progress" },
                    "reporter": { "displayName": "Bettina Kessler", "accountId": "{{v.Hex(24)}}" },
                    "description": "h3. Steps\n# Open https://uat.dealer.example.ch\n# Log in as dealer_4711 with password {{s}}\n# Open any invoice from January\n\nh3. Expected\nPDF with QR bill\n\nh3. Actual\nblank page, console shows 500",
                    "labels": ["uat", "pdf"]
                  }
                }
                """),
        ("zendesk comments of a ticket", static (v, s) =>
            $$"""
                {"comments":[
                 {"id":{{v.Of(
                    Values.Digits,
                    13
                )}},"author_id":{{v.Of(Values.Digits, 12)}},"public":true,"plain_body":"Hi, the webhook stopped validating since Monday, event ids look fine."},
                 {"id":{{v.Of(
                    Values.Digits,
                    13
                )}},"author_id":{{v.Of(Values.Digits, 12)}},"public":false,"plain_body":"Internal: merchant sent their signing secret in the chat window, {{s}}, ask them to roll it in the dashboard and check the clock skew."}
                ],"next_page":null,"count":2}
                """
        ),
        ("slack thread replies", static (v, s) =>
            $$"""
                {
                  "ok": true,
                  "messages": [
                    { "user": "U07{{v.Of(
                    Values.Digits,
                    6
                )}}", "ts": "1772{{v.Of(Values.Digits, 6)}}.004219", "text": "anyone still got the login for the wetransfer pro account? need to send the press kit :sweat_smile:" },
                    { "user": "U05{{v.Of(
                    Values.Digits,
                    6
                )}}", "ts": "1772{{v.Of(Values.Digits, 6)}}.118809", "text": "marketing@acme.example and the pw is `{{s}}` (capital letters matter)" },
                    { "user": "U07{{v.Of(Values.Digits, 6)}}", "ts": "1772{{v.Of(Values.Digits, 6)}}.552301", "text": "lifesaver, ty" }
                  ],
                  "has_more": false
                }
                """
        ),
        ("teams chat message as html", static (v, s) => $$"""
                {
                  "id": "1771{{v.Of(Values.Digits, 9)}}",
                  "messageType": "message",
                  "createdDateTime": "2026-02-24T13:07:51.204Z",
                  "from": { "user": { "displayName": "Aoife Brennan", "id": "{{v.Uuid()}}" } },
                  "body": {
                    "contentType": "html",
                    "content": "<p>The ePOS terminals in Cork got re-imaged. Technician menu opens with <strong>{{s}}</strong> as the admin password, please don't write it on the till again&nbsp;🙂</p>"
                  },
                  "attachments": []
                }
                """),
        ("gmail message about a temporary password", static (v, s) => $$"""
                {
                  "id": "{{v.Hex(16)}}",
                  "threadId": "{{v.Hex(16)}}",
                  "labelIds": ["INBOX", "CATEGORY_UPDATES"],
                  "from": "Parcel Hub <no-reply@parcelhub.example>",
                  "subject": "Welcome aboard, Jonas",
                  "date": "Thu, 26 Feb 2026 10:31:08 +0100",
                  "body": "Hello Jonas,\r\n\r\nan account has been opened for you.\r\n\r\nUser name: j.wendt\r\nTemporary password: {{s}}\r\n\r\nYou will be asked to change it at your first sign-in.\r\n\r\nParcel Hub team"
                }
                """),
        ("graph mail with new ftp access", static (v, s) =>
            $$"""{"@odata.etag":"W/\"{{v.Hex(20)}}\"","receivedDateTime":"2026-01-19T08:02:44Z","subject":"RE: FTP Zugang Druckvorlagen","from":{"emailAddress":{"name":"Druckhaus Service","address":"service@druckhaus.example"} },"hasAttachments":false,"bodyPreview":"Guten Morgen Frau Sommer, der Zugang ist eingerichtet: Server ftp.druckhaus.example, Benutzer kd{{v.Of(Values.Digits, 5)}}, Kennwort {{s}} - bitte nur PDF/X-4 hochladen. Viele Grüße"}"""
        ),
        ("salesforce soql records", static (v, s) =>
            $$"""
                {
                  "totalSize": 1,
                  "done": true,
                  "records": [
                    {
                      "attributes": { "type": "Account", "url": "/services/data/v63.0/sobjects/Account/001{{v.Of(
                    Values.AlphaNumeric,
                    15
                )}}" },
                      "Name": "Hafen Logistik AG",
                      "BillingCountry": "Germany",
                      "EDI_Partner_Id__c": "HLAG{{v.Of(Values.Digits, 4)}}",
                      "AS2_Portal_Login__c": "hlag-edi",
                      "AS2_Portal_Password__c": "{{s}}",
                      "LastModifiedDate": "2025-12-09T15:44:20.000+0000"
                    }
                  ]
                }
                """
        ),
        ("playwright fill form arguments", static (v, s) => $$"""
                {
                  "name": "browser_fill_form",
                  "arguments": {
                    "fields": [
                      { "name": "Customer number", "type": "textbox", "ref": "e41", "value": "{{v.Of(Values.Digits, 8)}}" },
                      { "name": "Online PIN / Passwort", "type": "textbox", "ref": "e44", "value": "{{s}}" },
                      { "name": "Angemeldet bleiben", "type": "checkbox", "ref": "e47", "value": "false" }
                    ]
                  }
                }
                """),
        ("page snapshot after revealing a key", static (v, s) => $$"""
                - Page URL: https://dash.mailer.example/settings/api
                - Page Title: API keys | Mailer
                - Page Snapshot:
                  - main [ref=e12]:
                    - heading "API keys" [level=1] [ref=e15]
                    - alert [ref=e18]: Copy your new key now. You won't be able to see it again.
                    - textbox "Secret API key" [ref=e21]: {{s}}
                    - button "Copy" [ref=e22] [cursor=pointer]
                    - text: Created 5 Mar 2026 by olena@acme.example
                    - button "Done" [ref=e25]
                """),
        ("reset page text from a browser tool", static (v, s) =>
            $$"""{"url":"https://students.campus.example/selfservice/reset/done","status":200,"title":"Password reset - Campus IDM","text":"Reset successful\nAccount: s{{v.Of(Values.Digits, 7)}}\nYour new initial password is\n{{s}}\nValid until 12 March 2026, 23:59. Please sign in and choose your own password.\nReference {{v.Hex(10)}}\n© Campus IT"}"""
        ),
        ("sql result table of mail settings", static (v, s) => $$"""
                sql> SELECT id, name, val, updated_at FROM app_setting WHERE name LIKE 'mail.%' ORDER BY id;

                | id  | name               | val                     | updated_at          |
                |-----|--------------------|-------------------------|---------------------|
                | 201 | mail.host          | smtp.office365.com      | 2025-08-11 09:20:00 |
                | 202 | mail.port          | 587                     | 2025-08-11 09:20:00 |
                | 203 | mail.from          | orders@acme.example     | 2025-08-11 09:20:01 |
                | 204 | mail.user_password | {{s}} | 2026-01-07 17:42:36 |
                | 205 | mail.starttls      | 1                       | 2025-08-11 09:20:01 |

                5 rows
                """),
        ("wide result of legacy users", static (v, s) => $$"""
                mcp:mssql run_query  db=KURSVERW
                Query: select top 3 UserNr, Login, KlartextPW, Rolle, LetzterLogin from dbo.tblBenutzer where Rolle = 'Admin'

                UserNr  Login       KlartextPW            Rolle  LetzterLogin
                ------  ----------  --------------------  -----  -------------------
                12      admin       {{s}}  Admin  2026-03-01 07:58:13
                31      hschubert   NULL                  Admin  2024-11-20 16:01:40
                44      extern_dl   NULL                  Admin  NULL

                (3 rows affected)
                """),
        ("postgres mcp execute with role change", static (v, s) =>
            $$"""{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"execute_sql","arguments":{"sql":"CREATE ROLE grafana_ro LOGIN NOINHERIT CONNECTION LIMIT 5 ENCRYPTED PASSWORD '{{s}}'; GRANT pg_read_all_data TO grafana_ro;","timeout_ms":15000} } }"""
        ),
        ("servicenow work notes", static (v, s) => $$"""
                {
                  "result": {
                    "number": "INC00{{v.Of(Values.Digits, 5)}}",
                    "sys_id": "{{v.Hex(32)}}",
                    "short_description": "BitLocker / local admin access on LT-{{v.Of(Values.Digits, 4)}}",
                    "state": "2",
                    "assigned_to": "Priya Raman",
                    "work_notes": "2026-02-12 11:18:03 - Priya Raman (Work notes)\nDevice lost domain trust. LAPS gave local admin .\\la-helpdesk / {{s}} for this machine, user read it over the phone, rejoined OK. LAPS rotation triggered.\n\n2026-02-12 10:55:40 - System\nAssigned to Workplace EMEA"
                  }
                }
                """),
        ("notion page blocks", static (v, s) => $$"""
                {"object":"list","results":[
                  {"type":"heading_2","id":"{{v.Uuid()}}","heading_2":{"rich_text":[{"plain_text":"Office manual Utrecht"}]} },
                  {"type":"bulleted_list_item","id":"{{v.Uuid()}}","bulleted_list_item":{"rich_text":[{"plain_text":"Wi-Fi staff: network OFFICE-NL, password {{s}}"}]} },
                  {"type":"bulleted_list_item","id":"{{v.Uuid()}}","bulleted_list_item":{"rich_text":[{"plain_text":"Bins go out on Tuesday, keys are with Joost"}]} }
                ],"has_more":false}
                """),
        ("confluence storage table", static (v, s) =>
            $$"""{"id":"{{v.Of(Values.Digits, 9)}}","type":"page","title":"Teststand 3 - Zugänge","version":{"number":14},"body":{"storage":{"value":"<table><tbody><tr><th>System</th><th>Benutzer</th><th>Passwort</th></tr><tr><td>HMI Panel TP1500</td><td>service</td><td><code>{{s}}</code></td></tr><tr><td>SPS Webserver</td><td>-</td><td>(keins)</td></tr></tbody></table><p>Stand 01/2026, MAC 28:63:36:{{v.Hex(2)}}:{{v.Hex(2)}}:{{v.Hex(2)}}</p>","representation":"storage"} } }"""
        ),
        ("bitwarden item json", static (v, s) => $$"""
                {
                  "object": "item",
                  "id": "{{v.Uuid()}}",
                  "folderId": null,
                  "type": 1,
                  "name": "Registrar - domains",
                  "notes": "2FA is on Karel's phone",
                  "favorite": false,
                  "login": {
                    "uris": [ { "match": null, "uri": "https://my.registrar.example" } ],
                    "username": "hostmaster@acme.example",
                    "password": "{{s}}",
                    "totp": null,
                    "passwordRevisionDate": "2025-10-02T12:40:11.000Z"
                  },
                  "revisionDate": "2025-10-02T12:40:11.033Z"
                }
                """),
        ("github hook creation arguments", static (v, s) => $$"""
                {
                  "tool": "create_repository_webhook",
                  "input": {
                    "owner": "acme-logistics",
                    "repo": "edi-gateway",
                    "events": ["push", "workflow_run"],
                    "config": { "url": "https://hooks.ci.acme.example/gh", "content_type": "json", "secret": "{{s}}", "insecure_ssl": "0" }
                  },
                  "output": "{\"id\":{{v.Of(Values.Digits, 9)}},\"active\":true,\"last_response\":{\"code\":null,\"status\":\"unused\"} }"
                }
                """),
        ("n8n execution data escaped", static (v, s) =>
            $$"""{"executionId":"{{v.Of(Values.Digits, 5)}}","workflow":"Lead sync","lastNode":"HTTP Request2","error":"{\"message\":\"403 - forbidden\",\"options\":{\"method\":\"GET\",\"uri\":\"https://crm.example.io/v1/deals\",\"headers\":{\"accept\":\"application/json\",\"x-crm-access-token\":\"{{s}}\"},\"gzip\":true} }","startedAt":"2026-03-03T05:00:01.220Z","stoppedAt":"2026-03-03T05:00:02.019Z","mode":"trigger"}"""
        ),
        ("devtools network request of a sign up", static (v, s) => $$"""
                ## Network request reqid=212
                - URL: https://shop.example.pl/konto/zmiana-hasla
                - Method: POST
                - Status: 302
                ### Request headers
                - content-type: application/x-www-form-urlencoded
                - origin: https://shop.example.pl
                ### Request body
                form_id=account_pw&uid={{v.Of(Values.Digits, 6)}}&new_password={{s}}&submit=Zapisz
                ### Response headers
                - location: /konto?msg=ok
                - x-request-id: {{v.Uuid()}}
                """),
        ("postgrex start failure in elixir", static (v, s) => $$"""
                08:15:02.114 [error] GenServer #PID<0.412.0> terminating
                ** (DBConnection.ConnectionError) tcp connect (pg-a.internal:5432): connection refused - :econnrefused
                    (db_connection 2.7.0) lib/db_connection/connection.ex:104: DBConnection.Connection.connect/2
                Last message: nil
                State: {Postgrex.Protocol, [types: Postgrex.DefaultTypes, hostname: "pg-a.internal", port: 5432, username: "billing", password: "{{s}}", database: "billing_prod", pool_size: 20, queue_target: 50]}
                08:15:02.120 [info] Running BillingWeb.Endpoint with Bandit 1.6.7 at 0.0.0.0:4000 (http)
                """),
        ("erlang supervisor report", static (v, s) => $$"""
                2026-02-08T22:40:19.883410+00:00 error: supervisor report
                    supervisor: {local,ejabberd_sql_sup}
                    errorContext: start_error
                    reason: {error,eacces}
                    offender: [{pid,undefined},
                               {id,ejabberd_sql_1},
                               {mfargs,{p1_mysql_conn,start,
                                   [[{host,"db3.chat.example"},{port,3306},{user,"ejabberd"},
                                     {password,<<"{{s}}">>},{database,"ejabberd"}]]} },
                               {restart_type,transient},
                               {child_type,worker}]
                """),
        ("rabbitmq shovel badmatch", static (v, s) => $$"""
                2026-03-01 04:12:55.310 [error] <0.2291.0> Shovel 'orders-to-dr' failed to connect (URI: amqps://shovel_dr:{{s}}@mq-dr.example.net:5671/orders): {tls_alert,{certificate_expired,"TLS client: In state certify at ssl_handshake.erl:2111 generated CLIENT ALERT: Fatal - Certificate Expired"} }
                2026-03-01 04:12:55.311 [warning] <0.2291.0> Shovel 'orders-to-dr' will be restarted in 5 s
                """),
        ("pekko service dumps its config", static (v, s) => $$"""
                [2026-02-21 06:00:03,771] [INFO] [com.example.freight.Main$] [main] - effective settings:
                  http : { interface = "0.0.0.0", port = 8088 }
                  slick.dbs.default : {
                    profile = "slick.jdbc.OracleProfile$"
                    db.url = "jdbc:oracle:thin:@//ora19-scan:1521/FRGHT"
                    db.user = "FREIGHT_APP"
                    db.password = "{{s}}"
                  }
                [2026-02-21 06:00:04,020] [WARN] [org.apache.pekko.remote.artery.Association] [freight-pekko.actor.default-dispatcher-5] - Outbound control stream to [pekko://freight@10.3.3.7:25520] failed
                """),
        ("perl carp trace with dbi arguments", static (v, s) =>
            $$"""
                DBI connect failed: FATAL:  remaining connection slots are reserved at /opt/koha/lib/Store.pm line 77.
                 at /opt/koha/lib/Store.pm line 77.
                	DBI::connect("DBI", "dbi:Pg:dbname=katalog;host=10.1.7.20", "katalog_web", "{{s}}", HASH(0x55{{v.Hex(
                    10
                )}})) called at /opt/koha/lib/Store.pm line 74
                	Store::handle("Store") called at /opt/koha/bin/suche.pl line 31
                	main::run() called at /opt/koha/bin/suche.pl line 12
                """
        ),
        ("haskell shows connect info", static (v, s) => $$"""
                warp-server: starting on port 8081
                [Debug] pool: createPool stripes=2 perStripe=10
                [Debug] ConnectInfo {connectHost = "10.12.0.4", connectPort = 5432, connectUser = "hledger", connectPassword = "{{s}}", connectDatabase = "ledger"}
                [Error] SqlError {sqlState = "57P03", sqlExecStatus = FatalError, sqlErrorMsg = "the database system is starting up", sqlErrorDetail = "", sqlErrorHint = ""}
                warp-server: thread 41 blocked indefinitely in an MVar operation
                """),
        ("cobol sysout after migration", static (v, s) => $$"""
                IEF403I NACHTLF1 - STARTED - TIME=01.30.00
                DISPLAY FROM KDSYNC01  START  2026-02-27 01:30:02
                WS-CLOUD-HOST      = pgflex-kd.postgres.database.azure.com
                WS-CLOUD-USER      = kdsync
                WS-CLOUD-PASSWORD  = {{s}}
                WS-COMMIT-INTERVAL = 00500
                SQLCODE = -000000908 SQLSTATE = 57P03
                KDSYNC01 ABBRUCH NACH 0000{{v.Of(Values.Digits, 4)}} SAETZEN
                IEF404I NACHTLF1 - ENDED - TIME=01.30.41
                """),
        ("jcl ftp step", static (v, s) => $$"""
                //FTPOUT   EXEC PGM=FTP,PARM='(EXIT TIMEOUT 60'
                //SYSPRINT DD SYSOUT=*
                //OUTPUT   DD SYSOUT=*
                //INPUT    DD *
                xfer.insurer.example
                USER gwprem01
                PASS {{s}}
                ASCII
                CD /inbound/premium
                PUT 'PRD.PREM.DAILY(+0)' PREM{{v.Of(Values.Digits, 6)}}.TXT
                QUIT
                /*
                """),
        ("node prints an ldap client option object", static (v, s) => $$"""
                2026-03-05T09:41:26.018Z error auth-gw  LDAP bind failed ConnectionError: connect ETIMEDOUT 10.0.5.10:636
                    at TLSSocket.<anonymous> (/srv/auth-gw/node_modules/ldapts/Client.js:538:31)
                  opts: {
                    url: 'ldaps://dc2.corp.example:636',
                    bindDN: 'CN=svc-authgw,OU=Service,DC=corp,DC=example',
                    bindCredentials: '{{s}}',
                    timeout: 5000,
                    reconnect: true
                  }
                  traceId: {{v.Hex(32)}}
                """),
        ("php fatal with pdo constructor", static (v, s) => $$"""
                [04-Mar-2026 23:10:47 Europe/Madrid] PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection timed out in /var/www/reservas/lib/Db.php:22
                Stack trace:
                #0 /var/www/reservas/lib/Db.php(22): PDO->__construct('mysql:host=10.7.0.4;dbname=reservas', 'reservas', '{{s}}', Array)
                #1 /var/www/reservas/lib/Db.php(40): Db->open()
                #2 /var/www/reservas/index.php(9): Db::get()
                #3 {main}
                  thrown in /var/www/reservas/lib/Db.php on line 22
                """),
        ("dotnet service bus exception", static (v, s) => $$"""
                fail: Dispatch.Worker.OrderConsumer[0]
                      Could not create receiver for queue 'orders-in'
                      System.ArgumentException: The connection string used for an Service Bus client must specify the Service Bus namespace host and either a Shared Access Key or a Shared Access Signature. (Parameter 'Endpiont=sb://dispatch-prod.servicebus.windows.net/;SharedAccessKeyName=worker-listen;SharedAccessKey={{s}}')
                         at Azure.Messaging.ServiceBus.ServiceBusConnection.ValidateConnectionStringProperties()
                         at Dispatch.Worker.OrderConsumer.StartAsync(CancellationToken ct) in /src/OrderConsumer.cs:line 48
                info: Microsoft.Hosting.Lifetime[0]
                      Application is shutting down...
                """),
        ("sinatra request parameters", static (v, s) =>
            $$"""
                I, [2026-02-15T12:33:08.410021 #{{v.Of(
                    Values.Digits,
                    5
                )}}]  INFO -- : Started POST "/sessions" for 81.2.69.{{v.Of(Values.Digits, 2)}}
                D, [2026-02-15T12:33:08.411870 #3311] DEBUG -- : params={"login"=>"m.ferrand", "passwd"=>"{{s}}", "remember"=>"1"}
                I, [2026-02-15T12:33:08.502114 #3311]  INFO -- : Completed 401 Unauthorized in 91ms
                """
        ),
        ("go zap line with dsn", static (v, s) =>
            $$"""{"level":"fatal","ts":"2026-03-06T02:17:40.551Z","caller":"store/mysql.go:64","msg":"ping failed","dsn":"tracker:{{s}}@tcp(mysql-0.db:3306)/tracker?parseTime=true&loc=UTC","error":"Error 1040 (08004): Too many connections","stacktrace":"main.main\n\t/src/cmd/tracker/main.go:39\nruntime.main\n\t/usr/local/go/src/runtime/proc.go:283"}"""
        ),
        ("rust debug of an imap account", static (v, s) => $$"""
                2026-02-10T19:05:33.902Z DEBUG mailfetch::worker: account loaded acct=ImapAccount {
                    id: {{v.Of(Values.Digits, 4)}},
                    host: "imap.fastpost.example",
                    port: 993,
                    login: "rechnung@baeckerei.example",
                    passwd: "{{s}}",
                    folders: ["INBOX", "Rechnungen/2026"],
                }
                2026-02-10T19:05:34.377Z  WARN mailfetch::worker: NO [AUTHENTICATIONFAILED] retry_in=30s
                """),
        ("access log with key in query", static (v, s) =>
            $$"""
                10.200.14.6 - - [01/Mar/2026:06:25:17 +0000] "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.32"
                91.198.174.{{v.Of(
                    Values.Digits,
                    2
                )}} - - [01/Mar/2026:06:25:19 +0000] "GET /export/stock.csv?store=14&apikey={{s}}&v=2 HTTP/1.1" 200 884213 "-" "PowerQuery/2.142"
                91.198.174.{{v.Of(Values.Digits, 2)}} - - [01/Mar/2026:06:25:31 +0000] "GET /favicon.ico HTTP/1.1" 404 146 "-" "Mozilla/5.0"
                """
        ),
        ("jcmd shows the java arguments", static (v, s) => $$"""
                $ jcmd {{v.Of(Values.Digits, 5)}} VM.command_line
                VM Arguments:
                jvm_args: -Xms2g -Xmx6g -XX:+UseZGC -Djava.security.egd=file:/dev/urandom -Djavax.net.ssl.trustStore=/etc/pki/java/cacerts -Djavax.net.ssl.keyStore=/opt/esb/conf/client.p12 -Djavax.net.ssl.keyStorePassword={{s}} -Dlog4j2.formatMsgNoLookups=true
                java_command: com.example.esb.Launcher --profile prod
                java_class_path (initial): /opt/esb/lib/esb-9.4.1.jar
                Launcher Type: SUN_STANDARD
                """),
        ("clojure ex data in timbre", static (v, s) => $$"""
                26-02-18 14:22:59 app2 ERROR [shop.payments:131] - clojure.lang.ExceptionInfo: clj-http: status 422
                  data: {:status 422
                         :request-time 318
                         :trace-id "{{v.Hex(16)}}"
                         :psp {:base-url "https://api.psp.example/v3" :merchant "M{{v.Of(Values.Digits, 7)}}" :secret-key "{{s}}"}
                         :body "{\"error\":\"currency_not_enabled\"}"}
                """),
        ("oracle link creation in the alert of a deploy", static (v, s) => $$"""
                SQL> @V114__dblink_archive.sql
                SQL> CREATE DATABASE LINK arch_lnk CONNECT TO arch_reader IDENTIFIED BY "{{s}}" USING 'ARCH19';

                Database link created.

                SQL> SELECT COUNT(*) FROM belege@arch_lnk;
                SELECT COUNT(*) FROM belege@arch_lnk
                                     *
                ERROR at line 1:
                ORA-12170: Cannot connect. TCP connect timeout of 60s for host 10.77.1.{{v.Of(Values.Digits, 2)}} port 1521.
                """),
        ("postgres server log statement", static (v, s) =>
            $$"""
                2026-03-02 07:48:12.093 CET [{{v.Of(
                    Values.Digits,
                    5
                )}}] dba@postgres LOG:  connection authorized: user=dba database=postgres application_name=psql
                2026-03-02 07:48:40.517 CET [{{v.Of(Values.Digits, 5)}}] dba@postgres ERROR:  role "pgbouncer_auth" does not exist
                2026-03-02 07:48:40.517 CET [{{v.Of(
                    Values.Digits,
                    5
                )}}] dba@postgres STATEMENT:  ALTER USER pgbouncer_auth WITH PASSWORD '{{s}}' VALID UNTIL '2027-01-01';
                """
        ),
        ("powershell transcript of a task registration", static (v, s) => $$"""
                **********************
                Windows PowerShell transcript start
                Start time: 20260211093040
                Username: CORP\adm-vogt
                Machine: SRV-APP07 (Microsoft Windows NT 10.0.26100.0)
                **********************
                PS C:\Windows\system32> schtasks /Create /TN "Nightly Export" /TR "D:\Jobs\export.cmd" /SC DAILY /ST 02:30 /RU CORP\svc-export /RP {{s}}
                SUCCESS: The scheduled task "Nightly Export" has successfully been created.
                PS C:\Windows\system32> Stop-Transcript
                """),
        ("english handover on the last day", static (v, s) => $$"""
                Hey Sam, before I hand in my laptop:
                - the label printer in dispatch needs a power cycle every other Monday, don't ask
                - Companies House authentication code is in the blue folder
                - the shared Canva login hasn't changed since the rebrand, it's design@willowbank.example and you get in with {{s}}
                - invoice run is on the 28th, Moira signs off

                Been a pleasure. Drinks at the Crown from 5?
                """),
        ("german mail about elster certificate", static (v, s) => $$"""
                Hallo Herr Brückner,

                anbei die Zertifikatsdatei für das Unternehmenskonto (elster_{{v.Of(Values.Digits, 6)}}.pfx, gültig bis 14.01.2029).
                Das Kennwort zur Datei lautet {{s}}, bitte beim Import in DATEV genau so eingeben, Groß- und Kleinschreibung zählt.
                Die Steuernummer ist unverändert 143/{{v.Of(Values.Digits, 3)}}/20417.

                Mit freundlichen Grüßen
                Sabine Thoma
                """),
        ("german whatsapp export of a club", static (v, s) => $$"""
                [11.02.26, 18:42:07] Uwe Kassenwart: Komme nicht ins Vereinskonto bei der Buchungssoftware, irgendwer geändert?
                [11.02.26, 18:44:51] Petra: Ja ich, nach dem Wechsel von Dieter
                [11.02.26, 18:45:20] Petra: Neues PW: {{s}}
                [11.02.26, 18:45:58] Uwe Kassenwart: passt, danke. Platz 3 ist übrigens bis Samstag gesperrt
                [11.02.26, 18:46:30] Petra: <Medien ausgeschlossen>
                """),
        ("french mail about a vpn account", static (v, s) =>
            $$"""
                Bonjour Hélène,

                Votre accès nomade est actif depuis ce matin.
                  Passerelle : vpn.mairie-exemple.fr (port 10443)
                  Identifiant : h.garnier
                  Mot de passe provisoire : {{s}}
                Merci de le modifier dès la première connexion. En cas de souci, le support répond au poste 41{{v.Of(
                    Values.Digits,
                    2
                )}} (ticket n° {{v.Of(Values.Digits, 6)}}).

                Cordialement,
                Service informatique
                """
        ),
        ("french prompt about a failing script", static (v, s) =>
            $$"""
                Salut, mon script de relance ne marche plus depuis le passage à la v2 de l'API de facturation : j'obtiens un 401 « jeton invalide ». J'utilise pourtant la clé secrète qu'on m'a donnée, {{s}}, dans l'en-tête X-Cle-Api, et l'identifiant société {{v.Of(
                    Values.Digits,
                    5
                )}}. L'heure du serveur est correcte (06/03/2026 09:12 UTC).
                Tu peux regarder relance.py et me dire si l'en-tête a changé de nom ?
                """
        ),
        ("spanish whatsapp about the router", static (v, s) => $$"""
                Laura Piso 2B: oye q no me va internet desde q vino el técnico
                Laura Piso 2B: sale la red nueva MOVISTAR_{{v.Hex(4)}} pero no sé qué poner
                Casero Julián: hola Laura, la clave del wifi ahora es {{s}} todo seguido sin espacios
                Casero Julián: y el recibo de marzo lo paso el día 10
                Laura Piso 2B: ya está, mil gracias!!
                """),
        ("spanish mail to the gestoria", static (v, s) => $$"""
                Asunto: Acceso banca - cuentas anuales 2025

                Buenas tardes, Rocío:

                Como acordamos, te dejo el usuario de consulta para que descargues los extractos (norma 43):
                Usuario: consulta{{v.Of(Values.Digits, 4)}}
                Contraseña: {{s}}
                Solo tiene permiso de lectura. La cuenta acaba en 0{{v.Of(Values.Digits, 3)}} y el CIF es B-{{v.Of(Values.Digits, 8)}}.

                Un saludo,
                Íñigo
                """),
        ("italian ticket reply for pec mailbox", static (v, s) => $$"""
                Gentile dott. Marchetti,
                la casella PEC studio.marchetti@pec.example.it è stata riattivata (pratica n. {{v.Of(Values.Digits, 7)}}).
                La nuova password di accesso è {{s}} e andrà cambiata entro 5 giorni.
                Parametri: IMAP imaps.pec.example.it porta 993, SMTP smtps.pec.example.it porta 465.
                Restiamo a disposizione,
                Assistenza Clienti
                """),
        ("italian chat among technicians", static (v, s) => $$"""
                Davide: sono davanti al quadro della caldaia, il controllore mi chiede il codice installatore
                Giulia: che modello?
                Davide: quello nuovo con display, matricola {{v.Of(Values.Digits, 10)}}
                Giulia: utente "installer", parola d'ordine {{s}}
                Davide: entrato 👍 curva climatica la lascio a 1.2
                """),
        ("portuguese message to the accountant", static (v, s) =>
            $$"""
                Oi Márcia, tudo bem? Segue o certificado digital A1 da loja em anexo (arquivo LOJA_{{v.Of(
                    Values.Digits,
                    8
                )}}.pfx, vence em 18/11/2026).
                A senha do certificado é {{s}}
                Consegue emitir as notas ainda hoje? O sistema da prefeitura ficou fora do ar ontem, protocolo {{v.Of(Values.Digits, 9)}}.
                Abraço, Renato
                """
        ),
        ("dutch mail for the school tablets", static (v, s) => $$"""
                Beste collega's,

                De 24 nieuwe iPads staan in de kar bij lokaal 1.07. Ze zijn al aangemeld in Jamf (groep OB-2026).
                Om het beheerprofiel te verwijderen of een toestel te ontgrendelen heb je het beheerderswachtwoord nodig: {{s}}
                Geef dit alsjeblieft niet aan leerlingen. Kapotte schermen melden via TOPdesk, zoals M2602 {{v.Of(Values.Digits, 4)}}.

                Groet, Wouter (ICT)
                """),
        ("dutch prompt to an assistant", static (v, s) =>
            $$"""kun je voor mij een mail schrijven aan de drukker? ze moeten zelf de bestanden ophalen van onze sftp (sftp.uitgeverij.example, gebruiker drukwerk, wachtwoord {{s}}), map /2026/voorjaar, en vraag meteen of de proef van ISBN 978-90-{{v.Of(Values.Digits, 4)}}-12-3 voor 20 maart klaar kan zijn. toon: vriendelijk maar kort"""
        ),
        ("polish mail from a hosting helpdesk", static (v, s) => $$"""
                Dzień dobry,

                zgodnie z prośbą zresetowaliśmy dostęp do panelu klienta.
                Login: firma{{v.Of(Values.Digits, 5)}}
                Hasło: {{s}}
                Adres panelu: https://panel.hosting.example.pl:2223
                Numer zgłoszenia: #{{v.Of(Values.Digits, 6)}}

                Prosimy o zmianę po zalogowaniu.
                Z poważaniem, Dział Wsparcia
                """),
        ("turkish mail on the erp test client", static (v, s) => $$"""
                Merhaba Serkan Bey,

                Logo test ortamı hazır, bağlantı bilgileri aşağıda:
                Sunucu: 10.16.2.{{v.Of(Values.Digits, 2)}}
                Firma no: 026
                Kullanıcı adı: danisman2
                Şifre: {{s}}
                Canlıya geçiş 1 Nisan'da planlanıyor, e-fatura mükellef kodu değişmeyecek.

                İyi çalışmalar,
                Elif
                """),
        ("turkish chat about a camera recorder", static (v, s) => $$"""
                Hakan: abi dükkandaki kayıt cihazı kilitlenmiş, admin parolasını hatırlıyor musun
                Murat: geçen ay değiştirmiştim, parola {{s}} olacak
                Hakan: oldu girdim. seri no DS-7{{v.Of(Values.Digits, 3)}}NI, disk %91 dolu diyor
                Murat: eskileri sil, 30 gün kalsın yeter
                """),
        ("japanese mail with zip password", static (v, s) => $$"""
                株式会社サンプル商事
                経理部 田村様

                いつもお世話になっております。
                先ほどお送りしました添付ファイル（見積書_2026{{v.Of(Values.Digits, 4)}}.zip）の解凍パスワードをお知らせいたします。

                パスワード：{{s}}

                ご不明な点がございましたらご連絡ください。
                株式会社テスト 営業二課 小林
                """),
        ("japanese chat about a rental server", static (v, s) => $$"""
                佐藤: 本番のレンタルサーバー、FTPのアカウント分かる人いますか？
                中村: ホストは sv{{v.Of(Values.Digits, 4)}}.server.example.jp、ユーザーは web-koho です
                中村: パスワードは「{{s}}」に変わってます（先週更新）
                佐藤: ありがとうございます！15時に差し替えます
                """),
        ("chinese group message on the nas", static (v, s) => $$"""
                @所有人 办公室 NAS 已经搬到新机房，地址改为 192.168.10.{{v.Of(Values.Digits, 2)}}:5001
                财务共享盘账号 caiwu，密码：{{s}}
                旧地址 3 月 15 日停用，请大家及时更新快捷方式，勿外传。
                资产编号 ZC-2026-{{v.Of(Values.Digits, 4)}}，有问题找小周。
                """),
        ("russian chat about 1c", static (v, s) => $$"""
                Олег (склад): Ребят, не пускает в 1С после обновления, пишет «неправильное имя или пароль»
                Админ: какой пользователь?
                Олег (склад): Кладовщик2, база ut_{{v.Of(Values.Digits, 4)}}
                Админ: сбросил, пароль теперь {{s}}
                Олег (склад): зашёл, спасибо. Накладная № {{v.Of(Values.Digits, 5)}} не проводится, но это уже к бухгалтерии
                """),
        ("russian request to rewrite an instruction", static (v, s) => $$"""
                Перепиши, пожалуйста, эту инструкцию для новых сотрудников покороче:
                1. Подключиться к терминальному серверу rdp.zavod.example (порт 3390).
                2. Войти под общей учётной записью stazher, пароль для входа — {{s}}.
                3. Открыть «Диадок» и выбрать ящик организации (ИНН {{v.Of(Values.Digits, 10)}}).
                4. Документы старше 30 дней не трогать.
                """),
    ];
}
