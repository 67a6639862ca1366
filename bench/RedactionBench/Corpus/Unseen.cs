namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// Forms that were written last, without a look at any rule or other form, and never used to make a rule: how much leaks of what nobody
/// thought of. Of the 150 that were written, 65 are left out: they are called like an earlier form, or have 30 % of their runs of five words
/// in common with earlier ones. Do not tune to these; write new ones, and compare them.
/// </summary>
internal static class Unseen
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Settings and environment dumps.
        ("env output of a rails host", static (v, s) => $$"""
                SHELL=/bin/bash
                PWD=/srv/shop/current
                RAILS_ENV=production
                RAILS_LOG_TO_STDOUT=1
                SECRET_KEY_BASE={{s}}
                LANG=en_US.UTF-8
                PATH=/usr/local/bundle/bin:/usr/local/bin:/usr/bin:/bin
                HOSTNAME=shop-web-{{v.Hex(8)}}
                """),
        ("dotenv single quoted with comments", static (v, s) => $$"""
                # --- mail -------------------------------------------------
                SMTP_HOST=smtp.mailgun.org
                SMTP_PORT=587
                SMTP_USER=postmaster@mg.example.com
                SMTP_PASS='{{s}}'   # rotate every quarter
                MAIL_FROM="Shop <no-reply@example.com>"
                """),
        ("compose environment mapping", static (v, s) => $$"""
                services:
                  db:
                    image: postgres:16-alpine
                    restart: unless-stopped
                    environment:
                      POSTGRES_DB: billing
                      POSTGRES_USER: billing_app
                      POSTGRES_PASSWORD: {{s}}
                    ports:
                      - "5432:5432"
                    volumes:
                      - pgdata:/var/lib/postgresql/data
                """),
        ("spring datasource yaml", static (v, s) => $$"""
                spring:
                  application:
                    name: invoice-service
                  datasource:
                    url: jdbc:postgresql://db.internal:5432/invoices
                    username: invoices
                    password: {{s}}
                    hikari:
                      maximum-pool-size: 20
                  jpa:
                    open-in-view: false
                """),
        ("windows set output", static (v, s) => $$"""
                C:\Users\jenkins>set
                ALLUSERSPROFILE=C:\ProgramData
                COMPUTERNAME=BUILD-{{v.Of(Values.Upper, 4)}}
                NUMBER_OF_PROCESSORS=8
                OCTOPUS_API_KEY={{s}}
                OS=Windows_NT
                USERDOMAIN=CORP
                windir=C:\WINDOWS
                """),
        ("python os.environ repr", static (v, s) => $$"""
                environ({'HOME': '/home/ada', 'LANG': 'C.UTF-8', 'PYTHON_VERSION': '3.12.4', 'OPENAI_API_KEY': '{{s}}', 'HOSTNAME': '4f1c09b7e2a8', 'TERM': 'xterm'})
                """),
        ("database url in dotenv", static (v, s) => $$"""
                NODE_ENV=production
                DATABASE_URL="postgresql://app_user:{{s}}@db-prod.4f1c09b7e2a8.eu-central-1.rds.amazonaws.com:5432/app?schema=public&sslmode=require"
                NEXT_PUBLIC_SITE_URL=https://www.example.com
                """),
        ("redis url without a user", static (v, s) => $$"""
                CACHE_DRIVER=redis
                REDIS_URL=rediss://:{{s}}@cache-{{v.Hex(6)}}.upstash.io:6379/0
                SESSION_LIFETIME=120
                """),
        ("celery broker setting", static (v, s) => $$"""
                [celery]
                broker_url = amqp://worker:{{s}}@rabbit.internal:5672/jobs
                result_backend = rpc://
                worker_concurrency = 4
                """),
        ("remote mcp server headers", static (v, s) => $$"""
                {
                  "servers": {
                    "context7": {
                      "type": "http",
                      "url": "https://mcp.context7.com/mcp",
                      "headers": {
                        "CONTEXT7_API_KEY": "{{s}}",
                        "Accept": "application/json, text/event-stream"
                      }
                    }
                  }
                }
                """),
        ("vscode sql connection setting", static (v, s) => $$"""
                {
                  "editor.tabSize": 2,
                  "sqltools.connections": [
                    {
                      "name": "staging",
                      "driver": "MySQL",
                      "server": "10.20.4.17",
                      "port": 3306,
                      "database": "crm",
                      "username": "crm_ro",
                      "password": "{{s}}",
                      "previewLimit": 50
                    }
                  ]
                }
                """),
        ("launch json env", static (v, s) => $$"""
                    {
                      "name": "Launch API",
                      "type": "node",
                      "request": "launch",
                      "program": "${workspaceFolder}/dist/main.js",
                      "env": { "PORT": "3000", "SESSION_SECRET": "{{s}}", "DEBUG": "app:*" }
                    }
                """),
        ("launch settings environment variables", static (v, s) => $$"""
                "profiles": {
                  "Portal.Web": {
                    "commandName": "Project",
                    "applicationUrl": "https://localhost:7181",
                    "environmentVariables": {
                      "ASPNETCORE_ENVIRONMENT": "Development",
                      "AzureAd__ClientId": "{{v.Uuid()}}",
                      "AzureAd__ClientSecret": "{{s}}"
                    }
                  }
                }
                """),
        ("workflow env block", static (v, s) => $$"""
                jobs:
                  publish:
                    runs-on: ubuntu-latest
                    env:
                      DOTNET_NOLOGO: true
                      NUGET_API_KEY: '{{s}}'
                    steps:
                      - uses: actions/checkout@v4
                      - run: dotnet nuget push "**/*.nupkg" --source internal
                """),
        ("ecs task environment one line", static (v, s) => $$"""
                "environment":[{"name":"DD_SITE","value":"datadoghq.eu"},{"name":"DD_API_KEY","value":"{{s}}"},{"name":"DD_SERVICE","value":"checkout"}],"essential":true
                """),
        ("webapp settings value before name", static (v, s) => $$"""
                [
                  { "slotSetting": false, "value": "~4", "name": "FUNCTIONS_EXTENSION_VERSION" },
                  { "slotSetting": true, "value": "{{s}}", "name": "SqlAdminPassword" },
                  { "slotSetting": false, "value": "1", "name": "WEBSITE_RUN_FROM_PACKAGE" }
                ]
                """),
        ("laravel dotenv block", static (v, s) => $$"""
                APP_NAME=Backoffice
                APP_ENV=production
                APP_DEBUG=false

                DB_CONNECTION=mysql
                DB_HOST=127.0.0.1
                DB_PORT=3306
                DB_DATABASE=backoffice
                DB_USERNAME=forge
                DB_PASSWORD={{s}}

                QUEUE_CONNECTION=database
                """),
        ("phpinfo environment arrows", static (v, s) => $$"""
                Environment

                Variable => Value
                HOSTNAME => php-{{v.Hex(10)}}
                PHP_VERSION => 8.3.9
                MAILCHIMP_API_KEY => {{s}}
                APACHE_RUN_USER => www-data
                """),
        ("local toml secrets of streamlit", static (v, s) => $$"""
                # .streamlit/secrets.toml
                [connections.snowflake]
                account = "xy{{v.Of(Values.Digits, 5)}}.eu-west-1"
                user = "REPORTING"
                password = "{{s}}"
                warehouse = "COMPUTE_WH"
                """),
        ("wp config defines", static (v, s) => $$"""
                /** The name of the database for WordPress */
                define( 'DB_NAME', 'wp_blog' );

                /** Database username */
                define( 'DB_USER', 'wp_blog_user' );

                /** Database password */
                define( 'DB_PASSWORD', '{{s}}' );

                /** Database hostname */
                define( 'DB_HOST', 'localhost' );
                """),
        ("django secret key with getenv fallback", static (v, s) => $$"""
                BASE_DIR = Path(__file__).resolve().parent.parent

                # SECURITY WARNING: keep the secret key used in production secret!
                SECRET_KEY = os.getenv("DJANGO_SECRET_KEY", "{{s}}")
                DEBUG = False
                ALLOWED_HOSTS = ["app.example.com"]
                """),
        ("pypirc two servers", static (v, s) => $$"""
                [distutils]
                index-servers =
                    pypi
                    internal

                [pypi]
                username = __token__

                [internal]
                repository = https://nexus.example.com/repository/pypi-hosted/
                username = ci-publisher
                password = {{s}}
                """),
        ("aws credentials profile", static (v, s) => $$"""
                [default]
                region = eu-west-1

                [deploy]
                aws_access_key_id = AKIA{{v.Of(Values.Upper, 16)}}
                aws_secret_access_key = {{s}}
                """),
        ("gradle signing config groovy", static (v, s) => $$"""
                android {
                    signingConfigs {
                        release {
                            storeFile file("release.keystore")
                            keyAlias "release"
                            storePassword "{{s}}"
                        }
                    }
                }
                """),
        ("web config connection", static (v, s) => $$"""
                <connectionStrings>
                  <add name="CmsDb" providerName="System.Data.SqlClient"
                       connectionString="Data Source=SQL02\PROD;Initial Catalog=Cms;uid=cms_app;pwd={{s}};Application Name=Cms" />
                </connectionStrings>
                """),
        ("tfvars aligned", static (v, s) => $$"""
                environment         = "staging"
                region              = "westeurope"
                db_admin_login      = "psqladmin"
                db_admin_password   = "{{s}}"
                enable_public_ip    = false
                """),
        ("ansible inventory host line", static (v, s) => $$"""
                [switches]
                sw-core-01 ansible_host=10.1.0.2 ansible_user=netops ansible_password={{s}} ansible_network_os=ios
                sw-core-02 ansible_host=10.1.0.3 ansible_user=netops

                [switches:vars]
                ansible_connection=network_cli
                """),
        ("my cnf client section", static (v, s) => $$"""
                [client]
                user=backup
                password="{{s}}"
                host=db-replica.internal

                [mysqldump]
                single-transaction
                """),
        ("postfix sasl passwd", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd
                [smtp.office365.com]:587    alerts@example.com:{{s}}
                """),
        ("prometheus scrape basic auth", static (v, s) => $$"""
                scrape_configs:
                  - job_name: node
                    scheme: https
                    basic_auth:
                      username: prom
                      password: {{s}}
                    static_configs:
                      - targets: ['node1.example.com:9100', 'node2.example.com:9100']
                """),
        ("rclone remote", static (v, s) => $$"""
                [b2-archive]
                type = b2
                account = {{v.Hex(25)}}
                key = {{s}}
                hard_delete = true
                """),
        ("python boto client", static (v, s) => $$"""
                import boto3

                s3 = boto3.client(
                    "s3",
                    region_name="eu-central-1",
                    aws_access_key_id="AKIA{{v.Of(Values.Upper, 16)}}",
                    aws_secret_access_key="{{s}}",
                )
                """),
        ("javascript sequelize constructor", static (v, s) => $$"""
                const { Sequelize } = require('sequelize');

                // TODO move to env
                const sequelize = new Sequelize('shop', 'shop_rw', '{{s}}', {
                  host: 'mysql.internal',
                  dialect: 'mysql',
                  logging: false,
                });
                """),
        ("typescript fetch header", static (v, s) => $$"""
                const res = await fetch(`${BASE_URL}/v2/contacts`, {
                  method: 'GET',
                  headers: {
                    'Content-Type': 'application/json',
                    'X-API-Key': '{{s}}',
                  },
                });
                if (!res.ok) throw new Error(`HTTP ${res.status}`);
                """),
        ("go const", static (v, s) => $$"""
                package notify

                const (
                	slackChannel  = "#deploys"
                	webhookSecret = "{{s}}"
                	timeout       = 5 * time.Second
                )
                """),
        ("php pdo", static (v, s) => $$"""
                <?php
                $dsn  = 'mysql:host=localhost;dbname=forum;charset=utf8mb4';
                $user = 'forum';
                $pass = '{{s}}';
                $pdo  = new PDO($dsn, $user, $pass, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
                """),
        ("ruby stripe assignment", static (v, s) => $$"""
                require "stripe"

                Stripe.api_key = "{{s}}"
                Stripe.api_version = "2024-06-20"

                customer = Stripe::Customer.create(email: "jane@example.com")
                """),
        ("rust builder", static (v, s) => $$"""
                let opts = PgConnectOptions::new()
                    .host("localhost")
                    .username("ledger")
                    .password("{{s}}")
                    .database("ledger");
                let pool = PgPoolOptions::new().max_connections(8).connect_with(opts).await?;
                """),
        ("kotlin test login", static (v, s) => $$"""
                private val adminUser = "qa-admin@example.com"
                private val adminPassword = "{{s}}"

                @Test
                fun `admin can log in`() {
                    loginPage.login(adminUser, adminPassword)
                    assertThat(dashboard.title).isEqualTo("Overview")
                }
                """),
        ("arduino wifi sketch", static (v, s) => $$"""
                #include <WiFi.h>

                const char* ssid = "FRITZ!Box 7590";
                const char* password = "{{s}}";

                void setup() {
                  Serial.begin(115200);
                  WiFi.begin(ssid, password);
                }
                """),
        ("postman environment values", static (v, s) => $$"""
                {
                  "id": "{{v.Uuid()}}",
                  "name": "Staging",
                  "values": [
                    { "key": "base_url", "value": "https://staging.example.com", "enabled": true },
                    { "key": "access_token", "value": "{{s}}", "type": "secret", "enabled": true }
                  ],
                  "_postman_variable_scope": "environment"
                }
                """),
        ("sql create users", static (v, s) => $$"""
                CREATE DATABASE IF NOT EXISTS matomo;
                CREATE USER 'matomo'@'10.%' IDENTIFIED BY '{{s}}';
                GRANT ALL PRIVILEGES ON matomo.* TO 'matomo'@'10.%';
                FLUSH PRIVILEGES;
                """),
        ("psycopg dsn in traceback", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/worker.py", line 31, in <module>
                    conn = psycopg2.connect("host=db user=worker password={{s}} dbname=jobs")
                  File "/usr/local/lib/python3.11/site-packages/psycopg2/__init__.py", line 122, in connect
                    conn = _connect(dsn, connection_factory=connection_factory, **kwasync)
                psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known
                """),
        ("dotnet startup connection log", static (v, s) => $$"""
                fail: Microsoft.EntityFrameworkCore.Database.Connection[20004]
                      An error occurred using the connection to database 'Tenants' on server '10.4.1.9'.
                dbug: Portal.Startup[0]
                      Using connection string: Host=10.4.1.9;Database=Tenants;Username=tenants;Password={{s}};Pooling=true
                """),
        ("docker build step", static (v, s) => $$"""
                #9 [builder 4/7] RUN pip install --extra-index-url https://ci:{{s}}@pypi.example.com/simple/ -r requirements.txt
                #9 2.318 Looking in indexes: https://pypi.example.com/simple
                #9 3.902 ERROR: Could not find a version that satisfies the requirement acme-core==2.4.1
                #9 ERROR: process "/bin/sh -c pip install" did not complete successfully: exit code: 1
                """),
        ("pino request log", static (v, s) => $$$"""
                {"level":30,"time":1736937264113,"pid":17,"hostname":"{4f1c09b7e2a8}","reqId":"req-1x","req":{"method":"POST","url":"/hooks/orders","headers":{"host":"api.example.com","x-shopify-access-token":"{{{s}}}","content-length":"812"}},"msg":"incoming request"}
                """),
        ("mysql general log", static (v, s) => $$"""
                2025-02-18T10:22:31.412345Z	   57 Connect	root@localhost on  using Socket
                2025-02-18T10:22:31.430021Z	   57 Query	ALTER USER 'zabbix'@'localhost' IDENTIFIED WITH caching_sha2_password BY '{{s}}'
                2025-02-18T10:22:31.441700Z	   57 Quit
                """),
        ("urllib debug line", static (v, s) => $$"""
                DEBUG:urllib3.connectionpool:Starting new HTTPS connection (1): maps.googleapis.com:443
                DEBUG:urllib3.connectionpool:https://maps.googleapis.com:443 "GET /maps/api/geocode/json?address=Berlin&key={{s}} HTTP/1.1" 200 None
                """),
        ("kubectl describe pod", static (v, s) => $$"""
                Containers:
                  exporter:
                    Image:          prom/mysqld-exporter:v0.15.1
                    State:          Waiting
                      Reason:       CrashLoopBackOff
                    Environment:
                      MYSQLD_EXPORTER_USER:      exporter
                      MYSQLD_EXPORTER_PASSWORD:  {{s}}
                    Mounts:
                      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-{{v.Of(Values.Lower, 5)}} (ro)
                """),
        ("actions step env log", static (v, s) => $$"""
                2025-05-06T07:31:02.1145563Z ##[group]Run npx wrangler deploy
                2025-05-06T07:31:02.1146210Z shell: /usr/bin/bash -e {0}
                2025-05-06T07:31:02.1146480Z env:
                2025-05-06T07:31:02.1146802Z   CLOUDFLARE_ACCOUNT_ID: {{v.Hex(32)}}
                2025-05-06T07:31:02.1147115Z   CLOUDFLARE_API_TOKEN: {{s}}
                2025-05-06T07:31:02.1147391Z ##[endgroup]
                """),
        ("jenkins console echo", static (v, s) => $$"""
                [Pipeline] sh
                + ./gradlew publish -PnexusUsername=jenkins -PnexusPassword={{s}} --no-daemon
                > Task :compileJava UP-TO-DATE
                BUILD SUCCESSFUL in 14s
                """),
        ("hikari debug", static (v, s) => $$"""
                10:15:30.221 [main] DEBUG com.zaxxer.hikari.HikariConfig - maximumPoolSize................................10
                10:15:30.221 [main] DEBUG com.zaxxer.hikari.HikariConfig - jdbcUrl.........................................jdbc:mysql://db:3306/erp?user=erp&password={{s}}&useSSL=false
                10:15:30.222 [main] DEBUG com.zaxxer.hikari.HikariConfig - readOnly........................................false
                """),
        ("mongo network error", static (v, s) => $$"""
                MongoServerSelectionError: getaddrinfo ENOTFOUND cluster0.{{v.Of(Values.Lower, 5)}}.mongodb.net
                    at Topology.selectServer (/srv/app/node_modules/mongodb/lib/sdam/topology.js:303:38)
                uri: mongodb+srv://app:{{s}}@cluster0.mongodb.net/prod?retryWrites=true&w=majority
                """),
        ("validation error dump of pydantic", static (v, s) => $$"""
                pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
                debug
                  Extra inputs are not permitted [type=extra_forbidden, input_value='yes', input_type=str]
                settings: Settings(app_name='ingest', s3_bucket='raw-data', anthropic_api_key='{{s}}', workers=4)
                """),
        ("java exception ldap environment", static (v, s) => $$"""
                javax.naming.AuthenticationException: [LDAP: error code 49 - 80090308: LdapErr: DSID-0C090439, data 52e]
                env={java.naming.provider.url=ldaps://dc01.corp.example.com:636, java.naming.security.principal=CN=svc-ldap,OU=Service,DC=corp,DC=example,DC=com, java.naming.security.credentials={{s}}, java.naming.security.authentication=simple}
                """),
        ("initial password of an installer", static (v, s) => $$"""
                2025-01-09T15:44:02.001122Z 1 [Note] [MY-010454] [Server] A temporary password is generated for root@localhost: {{s}}
                2025-01-09T15:44:05.918401Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections.
                """),
        // Shell commands and their output.
        ("mysql short option", static (v, s) => $$"""
                mysql -h 10.0.0.5 -u reporting -p'{{s}}' sales -e "SELECT COUNT(*) FROM orders;"
                """),
        ("pgpassword prefix", static (v, s) => $$"""
                PGPASSWORD='{{s}}' pg_dump -h db.example.com -U dump -Fc crm > /backup/crm_$(date +%F).dump
                """),
        ("curl user option", static (v, s) => $$"""
                $ curl -s -u 'elastic:{{s}}' -k https://localhost:9200/_cluster/health?pretty
                {
                  "cluster_name" : "logs",
                  "status" : "yellow",
                  "number_of_nodes" : 1
                }
                """),
        ("docker run env flags", static (v, s) => $$"""
                docker run -d --name pihole -p 53:53/udp -p 80:80 -e TZ=Europe/Vienna -e WEBPASSWORD={{s}} --restart=always pihole/pihole:latest
                """),
        ("az service principal login", static (v, s) => $$"""
                az login --service-principal --username {{v.Uuid()}} --password '{{s}}' --tenant {{v.Uuid()}} --output none
                """),
        ("helm set flag", static (v, s) => $$"""
                helm upgrade --install redis bitnami/redis -n cache --set architecture=standalone,auth.password={{s}} --wait
                """),
        ("redis cli auth flag", static (v, s) => $$"""
                root@cache:~# redis-cli -h 127.0.0.1 -a {{s}} info memory | grep used_memory_human
                Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.
                used_memory_human:412.33M
                """),
        ("chpasswd echo in history", static (v, s) => $$"""
                  211  apt-get update && apt-get install -y vsftpd
                  212  useradd -m ftpuser
                  213  echo "ftpuser:{{s}}" | chpasswd
                  214  systemctl restart vsftpd
                """),
        ("keyvault secret show", static (v, s) => $$"""
                $ az keyvault secret show --vault-name kv-prod --name SmtpPassword
                {
                  "attributes": { "enabled": true, "created": "2024-11-20T09:30:00+00:00" },
                  "contentType": null,
                  "id": "https://kv-prod.vault.azure.net/secrets/SmtpPassword/{{v.Hex(32)}}",
                  "name": "SmtpPassword",
                  "value": "{{s}}"
                }
                """),
        // Chat messages, tickets and mails.
        ("slack message english", static (v, s) => $$"""
                Dana  10:42 AM
                hey, staging is back up. login is qa@example.com and the password is {{s}} – please don't change it before the demo :pray:
                """),
        ("german mail", static (v, s) => $$"""
                Hallo Herr Krüger,

                Ihr Zugang zum Kundenportal wurde eingerichtet.

                Benutzername: h.krueger
                Passwort: {{s}}

                Bitte ändern Sie das Kennwort nach der ersten Anmeldung.

                Mit freundlichen Grüßen
                Ihr Support-Team
                """),
        ("french chat", static (v, s) => $$"""
                Salut, pour te connecter au serveur SFTP : hôte sftp.exemple.fr, utilisateur « compta », mot de passe « {{s}} ». Dis-moi si ça marche.
                """),
        ("spanish ticket", static (v, s) => $$"""
                Ticket #48213 – Acceso a la VPN
                Se ha restablecido la cuenta del usuario jlopez.
                Nueva contraseña: {{s}}
                Caduca en 24 horas.
                """),
        ("portuguese message", static (v, s) => $$"""
                Bom dia! O banco de homologação já está no ar. Usuário: app_hml / Senha: {{s}} (porta 5433). Qualquer coisa me chama.
                """),
        ("italian mail", static (v, s) => $$"""
                Ciao Marco,
                ti giro le credenziali del router in sede:
                  utente    admin
                  password  {{s}}
                A presto, Giulia
                """),
        ("dutch wifi note", static (v, s) => $$"""
                Welkom op kantoor! Het wifi-netwerk voor gasten heet "Acme-Gast" en het wachtwoord is {{s}}. Koffie staat op de tweede verdieping.
                """),
        ("polish message", static (v, s) => $$"""
                Cześć, hasło do panelu administracyjnego: {{s}}
                login bez zmian (admin). Daj znać, jak się zalogujesz.
                """),
        ("russian message", static (v, s) => $$"""
                Доступ к тестовому стенду:
                https://stage.example.ru/admin
                Логин: manager
                Пароль: {{s}}
                """),
        ("japanese mail", static (v, s) => $$"""
                お疲れ様です。検証環境のアカウントをお送りします。
                ユーザーID：test-user01
                パスワード：{{s}}
                よろしくお願いいたします。
                """),
        ("chinese chat", static (v, s) => $$"""
                测试库已经建好了，地址 10.8.0.21:3306，账号 dev_rw，密码：{{s}}，用完记得断开连接。
                """),
        ("jira comment with table", static (v, s) => $$"""
                OPS-1187: handover of the shared accounts

                ||System||User||Password||
                |Zabbix|zbx-oncall|{{s}}|
                |Wiki|SSO|n/a|
                """),
        ("user prompt to an assistant", static (v, s) => $$"""
                Can you write me a small script that pulls all open invoices from our Lexoffice account? My API key is {{s}}, put it in a .env please and don't commit it.
                """),
        ("github issue reproduction", static (v, s) => $$"""
                ### Steps to reproduce

                1. Start the server with `--auth-token {{s}}`
                2. Open `http://localhost:8000/ui`
                3. Click **Reload**

                ### Expected
                The session is kept.
                """),
        ("reset mail english", static (v, s) => $$"""
                Subject: Your temporary password

                Hi Priya,

                An administrator has reset your account. Use the temporary password below to sign in:

                    {{s}}

                You will be asked to choose a new one. If you did not request this, contact the help desk (ref {{v.Of(Values.Digits, 7)}}).
                """),
        // Wrapped: one standard encoding, or JSON in a string.
        ("secret manifest data in base64", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: mariadb
                  namespace: cms
                type: Opaque
                data:
                  mariadb-root-password: {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}}
                """),
        ("tool result with json text", static (v, s) => $$$"""
                {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"{\n  \"host\": \"ftp.example.com\",\n  \"username\": \"deploy\",\n  \"password\": \"{{{s}}}\",\n  \"remotePath\": \"/httpdocs\"\n}"}],"isError":false}}
                """),
        ("tool result with dotenv text", static (v, s) => $$$"""
                {"jsonrpc":"2.0","id":12,"result":{"content":[{"type":"text","text":"APP_ENV=local\nMAIL_USERNAME=postbox\nMAIL_PASSWORD={{{s}}}\nMAIL_ENCRYPTION=tls\n"}]}}
                """),
        ("token request form body", static (v, s) => $$"""
                POST /oauth2/v2.0/token HTTP/1.1
                Host: login.microsoftonline.com
                Content-Type: application/x-www-form-urlencoded

                grant_type=client_credentials&client_id={{v.Uuid()}}&client_secret={{Uri.EscapeDataString(s)}}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default
                """),
        ("git remote percent encoded", static (v, s) => $$"""
                [remote "origin"]
                	url = https://build:{{Uri.EscapeDataString(s)}}@bitbucket.example.com/scm/web/portal.git
                	fetch = +refs/heads/*:refs/remotes/origin/*
                """),
    ];
}
