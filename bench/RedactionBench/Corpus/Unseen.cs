namespace Kilometers.RedactionBench.Corpus;

/// <summary>Forms that were written last, without a look at any rule or other form, and never used to make a rule: how much leaks of what nobody thought of. Do not tune to these; write new ones.</summary>
internal static class Unseen
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Settings and environment dumps.
        ("quoted export", static (v, s) => $"export STRIPE_API_KEY=\"{s}\""),
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
        ("compose environment list", static (v, s) => $$"""
                  keycloak:
                    image: quay.io/keycloak/keycloak:24.0
                    command: start-dev
                    environment:
                      - KC_DB=postgres
                      - KEYCLOAK_ADMIN=admin
                      - KEYCLOAK_ADMIN_PASSWORD={{s}}
                      - KC_HOSTNAME=sso.example.org
                """),
        ("docker inspect env array", static (v, s) => $$"""
                [
                    {
                        "Id": "{{v.Hex(64)}}",
                        "Created": "2025-02-11T08:14:55.120394Z",
                        "Path": "docker-entrypoint.sh",
                        "Config": {
                            "Hostname": "{{v.Hex(12)}}",
                            "Env": [
                                "MYSQL_DATABASE=wordpress",
                                "MYSQL_ROOT_PASSWORD={{s}}",
                                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                "MYSQL_MAJOR=8.0"
                            ],
                            "Cmd": ["mysqld"]
                        }
                    }
                ]
                """),
        ("deployment env name and value", static (v, s) => $$"""
                    spec:
                      containers:
                        - name: api
                          image: registry.example.com/api:{{v.Hex(7)}}
                          env:
                            - name: LOG_LEVEL
                              value: info
                            - name: SENDGRID_API_KEY
                              value: "{{s}}"
                            - name: PORT
                              value: "8080"
                """),
        ("appsettings connection string", static (v, s) => $$"""
                {
                  "ConnectionStrings": {
                    "DefaultConnection": "Server=tcp:sql-prod-01.database.windows.net,1433;Initial Catalog=Orders;Persist Security Info=False;User ID=orders_rw;Password={{s}};MultipleActiveResultSets=False;Encrypt=True;Connection Timeout=30;"
                  },
                  "AllowedHosts": "*"
                }
                """),
        ("appsettings jwt section", static (v, s) => $$"""
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "Jwt": {
                    "Issuer": "https://login.example.com",
                    "Audience": "orders-api",
                    "SigningKey": "{{s}}",
                    "ExpiryMinutes": 60
                  },
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
        ("spring properties file", static (v, s) => $$"""
                server.port=8443
                server.ssl.key-store=classpath:keystore.p12
                server.ssl.key-store-type=PKCS12
                server.ssl.key-store-password={{s}}
                server.ssl.key-alias=tomcat
                management.endpoints.web.exposure.include=health,info
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
        ("powershell env table", static (v, s) => $$"""
                PS C:\src\portal> Get-ChildItem Env:

                Name                           Value
                ----                           -----
                APPDATA                        C:\Users\mmeier\AppData\Roaming
                ARM_CLIENT_ID                  {{v.Uuid()}}
                ARM_CLIENT_SECRET              {{s}}
                ARM_TENANT_ID                  {{v.Uuid()}}
                HOMEDRIVE                      C:
                TEMP                           C:\Users\mmeier\AppData\Local\Temp
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
        ("desktop client mcp server env", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "github": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-github"],
                      "env": {
                        "GITHUB_PERSONAL_ACCESS_TOKEN": "{{s}}"
                      }
                    },
                    "filesystem": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/anna/projects"]
                    }
                  }
                }
                """),
        ("mcp server args array", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "figma": {
                      "command": "npx",
                      "args": [
                        "-y",
                        "figma-developer-mcp",
                        "--figma-api-key",
                        "{{s}}",
                        "--stdio"
                      ]
                    }
                  }
                }
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
        ("gitlab ci variables", static (v, s) => $$"""
                variables:
                  GIT_DEPTH: "10"
                  SONAR_HOST_URL: "https://sonar.example.com"
                  SONAR_TOKEN: "{{s}}"

                stages: [test, scan]
                """),
        ("heroku config listing", static (v, s) => $$"""
                $ heroku config -a fast-lake-1203
                === fast-lake-1203 Config Vars

                CLOUDAMQP_APIKEY:      {{s}}
                RACK_ENV:              production
                RAILS_SERVE_STATIC_FILES: enabled
                WEB_CONCURRENCY:       2
                """),
        ("vercel env pull", static (v, s) => $$"""
                # Created by Vercel CLI
                NX_DAEMON=""
                VERCEL_ENV="production"
                VERCEL_REGION="fra1"
                NEXTAUTH_URL="https://app.example.com"
                NEXTAUTH_SECRET="{{s}}"
                TURBO_REMOTE_ONLY=""
                """),
        ("lambda configuration", static (v, s) => $$"""
                {
                    "FunctionName": "send-receipts",
                    "Runtime": "nodejs20.x",
                    "Role": "arn:aws:iam::{{v.Of(Values.Digits, 12)}}:role/lambda-receipts",
                    "CodeSha256": "{{v.Base64(32)}}",
                    "Environment": {
                        "Variables": {
                            "TWILIO_ACCOUNT_SID": "AC{{v.Hex(32)}}",
                            "TWILIO_AUTH_TOKEN": "{{s}}",
                            "STAGE": "prod"
                        }
                    }
                }
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
        ("systemd unit environment", static (v, s) => $$"""
                [Unit]
                Description=Telegram relay
                After=network-online.target

                [Service]
                User=relay
                Environment="BOT_TOKEN={{s}}"
                Environment=TZ=Europe/Berlin
                ExecStart=/opt/relay/venv/bin/python -m relay
                Restart=on-failure
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
        ("node process env print", static (v, s) => $$"""
                {
                  NVM_DIR: '/home/dev/.nvm',
                  npm_lifecycle_event: 'start',
                  JWT_SECRET: '{{s}}',
                  PORT: '4000',
                  INIT_CWD: '/home/dev/api'
                }
                """),
        // Files and parts of files.
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
        ("django databases", static (v, s) => $$"""
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "NAME": "inventory",
                        "USER": "inventory",
                        "PASSWORD": "{{s}}",
                        "HOST": "10.0.3.12",
                        "PORT": "5432",
                        "CONN_MAX_AGE": 60,
                    }
                }
                """),
        ("django secret key with getenv fallback", static (v, s) => $$"""
                BASE_DIR = Path(__file__).resolve().parent.parent

                # SECURITY WARNING: keep the secret key used in production secret!
                SECRET_KEY = os.getenv("DJANGO_SECRET_KEY", "{{s}}")
                DEBUG = False
                ALLOWED_HOSTS = ["app.example.com"]
                """),
        ("rails database yml", static (v, s) => $$"""
                default: &default
                  adapter: mysql2
                  encoding: utf8mb4
                  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>

                production:
                  <<: *default
                  database: tickets_production
                  username: tickets
                  password: "{{s}}"
                  host: mysql01.example.net
                """),
        ("npmrc auth token", static (v, s) => $$"""
                @acme:registry=https://npm.pkg.github.com/
                //npm.pkg.github.com/:_authToken={{s}}
                always-auth=true
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
        ("netrc one line", static (v, s) => $$"""
                machine api.github.com login acme-bot password {{s}}
                machine ftp.example.com login anonymous
                """),
        ("aws credentials profile", static (v, s) => $$"""
                [default]
                region = eu-west-1

                [deploy]
                aws_access_key_id = AKIA{{v.Of(Values.Upper, 16)}}
                aws_secret_access_key = {{s}}
                """),
        ("maven settings server", static (v, s) => $$"""
                <settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployment</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """),
        ("nuget config clear text", static (v, s) => $$"""
                <packageSourceCredentials>
                  <AcmeFeed>
                    <add key="Username" value="build" />
                    <add key="ClearTextPassword" value="{{s}}" />
                  </AcmeFeed>
                </packageSourceCredentials>
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
        ("tomcat users", static (v, s) => $$"""
                <tomcat-users>
                  <role rolename="manager-gui"/>
                  <user username="tcadmin" password="{{s}}" roles="manager-gui,manager-script"/>
                </tomcat-users>
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
        ("terraform db instance", static (v, s) => $$"""
                resource "aws_db_instance" "main" {
                  identifier           = "orders-prod"
                  engine               = "postgres"
                  instance_class       = "db.t4g.medium"
                  allocated_storage    = 100
                  username             = "postgres"
                  password             = "{{s}}"
                  skip_final_snapshot  = true
                }
                """),
        ("terraform state password result", static (v, s) => $$"""
                    {
                      "mode": "managed",
                      "type": "random_password",
                      "name": "grafana",
                      "instances": [
                        {
                          "schema_version": 3,
                          "attributes": {
                            "id": "none",
                            "length": 24,
                            "result": "{{s}}",
                            "special": true
                          }
                        }
                      ]
                    }
                """),
        ("ansible group vars", static (v, s) => $$"""
                ---
                nginx_worker_processes: auto
                backup_retention_days: 14
                restic_repository: s3:s3.amazonaws.com/acme-backups
                restic_password: '{{s}}'
                """),
        ("ansible inventory host line", static (v, s) => $$"""
                [switches]
                sw-core-01 ansible_host=10.1.0.2 ansible_user=netops ansible_password={{s}} ansible_network_os=ios
                sw-core-02 ansible_host=10.1.0.3 ansible_user=netops

                [switches:vars]
                ansible_connection=network_cli
                """),
        ("helm values nested auth", static (v, s) => $$"""
                replicaCount: 2
                postgresql:
                  enabled: true
                  auth:
                    username: superset
                    database: superset
                    existingSecret: ""
                    password: {{s}}
                ingress:
                  enabled: false
                """),
        ("secret manifest string data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: minio-root
                  namespace: storage
                type: Opaque
                stringData:
                  rootUser: minioadmin
                  rootPassword: "{{s}}"
                """),
        ("cloudformation cluster", static (v, s) => $$"""
                Resources:
                  Cluster:
                    Type: AWS::Redshift::Cluster
                    Properties:
                      NodeType: ra3.xlplus
                      DBName: dwh
                      MasterUsername: dwhadmin
                      MasterUserPassword: '{{s}}'
                      ClusterType: single-node
                """),
        ("arm template parameters", static (v, s) => $$"""
                {
                  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
                  "contentVersion": "1.0.0.0",
                  "parameters": {
                    "vmName": { "value": "vm-jump-01" },
                    "adminUsername": { "value": "azureuser" },
                    "adminPassword": { "value": "{{s}}" }
                  }
                }
                """),
        ("kafka client jaas", static (v, s) => $$"""
                bootstrap.servers=pkc-{{v.Of(Values.Lower, 5)}}.eu-central-1.aws.confluent.cloud:9092
                security.protocol=SASL_SSL
                sasl.mechanism=PLAIN
                sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="svc-events" password="{{s}}";
                """),
        ("redis conf", static (v, s) => $$"""
                bind 0.0.0.0
                protected-mode yes
                port 6379
                requirepass {{s}}
                maxmemory-policy allkeys-lru
                """),
        ("my cnf client section", static (v, s) => $$"""
                [client]
                user=backup
                password="{{s}}"
                host=db-replica.internal

                [mysqldump]
                single-transaction
                """),
        ("pgpass line", static (v, s) => $$"""
                # ~/.pgpass  hostname:port:database:username:password
                pg-reports.example.com:5432:reports:analyst:{{s}}
                """),
        ("postfix sasl passwd", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd
                [smtp.office365.com]:587    alerts@example.com:{{s}}
                """),
        ("wpa supplicant network", static (v, s) => $$"""
                ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev
                country=DE

                network={
                    ssid="Lab-5G"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """),
        ("nginx upstream bearer", static (v, s) => $$"""
                location /v1/ {
                    proxy_pass https://api.openai.com;
                    proxy_ssl_server_name on;
                    proxy_set_header Host api.openai.com;
                    proxy_set_header Authorization "Bearer {{s}}";
                }
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
        ("dbt profile", static (v, s) => $$"""
                analytics:
                  target: prod
                  outputs:
                    prod:
                      type: redshift
                      host: dwh.example.com
                      user: dbt_runner
                      pass: "{{s}}"
                      port: 5439
                      dbname: analytics
                      schema: marts
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
        ("java driver manager", static (v, s) => $$"""
                private static final String URL = "jdbc:oracle:thin:@//ora1.example.com:1521/ORCLPDB1";

                public Connection open() throws SQLException {
                    return DriverManager.getConnection(URL, "hr_batch", "{{s}}");
                }
                """),
        ("csharp network credential", static (v, s) => $$"""
                using var smtp = new SmtpClient("smtp.example.com", 587)
                {
                    EnableSsl = true,
                    Credentials = new NetworkCredential("noreply@example.com", "{{s}}"),
                };
                await smtp.SendMailAsync(message);
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
        ("swift static let", static (v, s) => $$"""
                enum Config {
                    static let baseURL = URL(string: "https://api.example.com")!
                    static let clientId = "ios-app"
                    static let clientSecret = "{{s}}"
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
        ("notebook code cell", static (v, s) => $$"""
                  {
                   "cell_type": "code",
                   "execution_count": 4,
                   "metadata": {},
                   "outputs": [],
                   "source": [
                    "import os\n",
                    "os.environ[\"HF_TOKEN\"] = \"{{s}}\"\n",
                    "ds = load_dataset(\"acme/tickets\", split=\"train\")"
                   ]
                  },
                """),
        ("postman auth array", static (v, s) => $$"""
                  "auth": {
                    "type": "basic",
                    "basic": [
                      { "key": "password", "value": "{{s}}", "type": "string" },
                      { "key": "username", "value": "integration", "type": "string" }
                    ]
                  },
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
        ("rest client http file", static (v, s) => $$$"""
                @host = https://api.example.com

                ### create order
                POST {{host}}/orders HTTP/1.1
                Content-Type: application/json
                Authorization: Token {{{s}}}

                { "sku": "A-1001", "qty": 2 }
                """),
        ("sql create users", static (v, s) => $$"""
                CREATE DATABASE IF NOT EXISTS matomo;
                CREATE USER 'matomo'@'10.%' IDENTIFIED BY '{{s}}';
                GRANT ALL PRIVILEGES ON matomo.* TO 'matomo'@'10.%';
                FLUSH PRIVILEGES;
                """),
        ("dockerfile env", static (v, s) => $$"""
                FROM node:20-slim
                WORKDIR /app
                ENV NODE_ENV=production \
                    SENTRY_AUTH_TOKEN={{s}}
                COPY package*.json ./
                RUN npm ci --omit=dev
                """),
        // Log lines and error messages.
        ("spring generated password", static (v, s) => $$"""
                2025-03-04T09:12:44.871+01:00  WARN 1 --- [           main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only. Your security configuration must be updated before running your application in production.
                """),
        ("psycopg dsn in traceback", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/worker.py", line 31, in <module>
                    conn = psycopg2.connect("host=db user=worker password={{s}} dbname=jobs")
                  File "/usr/local/lib/python3.11/site-packages/psycopg2/__init__.py", line 122, in connect
                    conn = _connect(dsn, connection_factory=connection_factory, **kwasync)
                psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known
                """),
        ("curl verbose trace", static (v, s) => $$"""
                * Connected to api.example.com (203.0.113.24) port 443
                > GET /v1/projects HTTP/2
                > Host: api.example.com
                > user-agent: curl/8.5.0
                > private-token: {{s}}
                > accept: */*
                >
                < HTTP/2 401
                < content-type: application/json
                """),
        ("access log query key", static (v, s) => $$"""
                198.51.100.7 - - [12/May/2025:06:25:19 +0000] "GET /api/forecast?lat=52.5&lon=13.4&api_key={{s}}&units=metric HTTP/1.1" 200 1832 "-" "okhttp/4.12.0"
                """),
        ("axios error dump", static (v, s) => $$"""
                AxiosError: Request failed with status code 403
                    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {
                  code: 'ERR_BAD_REQUEST',
                  config: {
                    timeout: 10000,
                    headers: {
                      Accept: 'application/json, text/plain, */*',
                      Authorization: 'Bearer {{s}}',
                      'User-Agent': 'axios/1.7.2'
                    },
                    method: 'get',
                    url: 'https://api.hubapi.com/crm/v3/objects/contacts'
                  }
                }
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
        ("go struct print", static (v, s) => $$"""
                2025/01/22 17:03:11 loaded config: {Addr::8080 DB:{Host:localhost Port:5432 User:gopher Password:{{s}} Name:feed} Debug:true}
                """),
        ("pino request log", static (v, s) => $$$"""
                {"level":30,"time":1736937264113,"pid":17,"hostname":"{4f1c09b7e2a8}","reqId":"req-1x","req":{"method":"POST","url":"/hooks/orders","headers":{"host":"api.example.com","x-shopify-access-token":"{{{s}}}","content-length":"812"}},"msg":"incoming request"}
                """),
        ("logfmt line", static (v, s) => $$"""
                ts=2025-04-02T11:40:03Z level=debug caller=client.go:88 msg="refreshing session" user=svc-sync refresh_token={{s}} ttl=3600s attempt=2
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
        ("terraform plan change", static (v, s) => $$"""
                  # azurerm_linux_web_app.api will be updated in-place
                  ~ resource "azurerm_linux_web_app" "api" {
                      ~ app_settings = {
                          + "PAYPAL_CLIENT_SECRET" = "{{s}}"
                            "WEBSITES_PORT"        = "8080"
                        }
                        name         = "app-api-prod"
                    }

                Plan: 0 to add, 1 to change, 0 to destroy.
                """),
        ("ansible failed task", static (v, s) => $$$"""
                fatal: [db01]: FAILED! => {"changed": false, "invocation": {"module_args": {"login_host": "localhost", "login_user": "root", "login_password": "{{{s}}}", "name": "nextcloud", "state": "present"}}, "msg": "unable to find /home/ada/.my.cnf. Exception message: (1045, \"Access denied for user 'root'@'localhost'\")"}
                """),
        ("actions step env log", static (v, s) => $$"""
                2025-05-06T07:31:02.1145563Z ##[group]Run npx wrangler deploy
                2025-05-06T07:31:02.1146210Z shell: /usr/bin/bash -e {0}
                2025-05-06T07:31:02.1146480Z env:
                2025-05-06T07:31:02.1146802Z   CLOUDFLARE_ACCOUNT_ID: {{v.Hex(32)}}
                2025-05-06T07:31:02.1147115Z   CLOUDFLARE_API_TOKEN: {{s}}
                2025-05-06T07:31:02.1147391Z ##[endgroup]
                """),
        ("git push fatal", static (v, s) => $$"""
                remote: HTTP Basic: Access denied. The provided password or token is incorrect.
                fatal: Authentication failed for 'https://oauth2:{{s}}@gitlab.example.com/platform/infra.git/'
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
        ("rails parameters log", static (v, s) => $$"""
                Started POST "/users/sign_in" for 127.0.0.1 at 2025-03-19 14:02:27 +0100
                Processing by Devise::SessionsController#create as HTML
                  Parameters: {"user"=>{"email"=>"tom@example.com", "password"=>"{{s}}", "remember_me"=>"0"}, "commit"=>"Log in"}
                Completed 401 Unauthorized in 212ms
                """),
        ("mongo network error", static (v, s) => $$"""
                MongoServerSelectionError: getaddrinfo ENOTFOUND cluster0.{{v.Of(Values.Lower, 5)}}.mongodb.net
                    at Topology.selectServer (/srv/app/node_modules/mongodb/lib/sdam/topology.js:303:38)
                uri: mongodb+srv://app:{{s}}@cluster0.mongodb.net/prod?retryWrites=true&w=majority
                """),
        ("token response debug", static (v, s) => $$"""
                [2025-06-02 08:55:10] local.DEBUG: oauth response {"token_type":"Bearer","expires_in":3599,"scope":"read write","access_token":"{{s}}"} []
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
        ("curl multi line headers", static (v, s) => $$"""
                curl https://api.anthropic.com/v1/messages \
                  --header "x-api-key: {{s}}" \
                  --header "anthropic-version: 2023-06-01" \
                  --header "content-type: application/json" \
                  --data '{"model": "claude-3-5-haiku-latest", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}'
                """),
        ("docker run env flags", static (v, s) => $$"""
                docker run -d --name pihole -p 53:53/udp -p 80:80 -e TZ=Europe/Vienna -e WEBPASSWORD={{s}} --restart=always pihole/pihole:latest
                """),
        ("docker login warning", static (v, s) => $$"""
                $ docker login registry.gitlab.com -u deploy-bot -p {{s}}
                WARNING! Using --password via the CLI is insecure. Use --password-stdin.
                Login Succeeded
                """),
        ("sshpass rsync", static (v, s) => $$"""
                sshpass -p "{{s}}" rsync -avz -e "ssh -o StrictHostKeyChecking=no" ./dist/ web@203.0.113.80:/var/www/html/
                """),
        ("az service principal login", static (v, s) => $$"""
                az login --service-principal --username {{v.Uuid()}} --password '{{s}}' --tenant {{v.Uuid()}} --output none
                """),
        ("service principal creation output", static (v, s) => $$"""
                $ az ad sp create-for-rbac --name ci-deploy --role Contributor
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "ci-deploy",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """),
        ("aws configure set", static (v, s) => $$"""
                aws configure set aws_secret_access_key {{s}} --profile media-upload
                """),
        ("helm set flag", static (v, s) => $$"""
                helm upgrade --install redis bitnami/redis -n cache --set architecture=standalone,auth.password={{s}} --wait
                """),
        ("kubectl create secret literal", static (v, s) => $$"""
                kubectl -n payments create secret generic adyen --from-literal=merchant=AcmeDE --from-literal=hmac-key='{{s}}'
                secret/adyen created
                """),
        ("vault kv get table", static (v, s) => $$"""
                $ vault kv get kv/ci/artifactory
                ====== Metadata ======
                Key                Value
                ---                -----
                created_time       2025-02-03T12:40:11.771Z
                version            3

                ====== Data ======
                Key         Value
                ---         -----
                password    {{s}}
                username    ci-reader
                """),
        ("redis cli auth flag", static (v, s) => $$"""
                root@cache:~# redis-cli -h 127.0.0.1 -a {{s}} info memory | grep used_memory_human
                Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.
                used_memory_human:412.33M
                """),
        ("powershell secure string", static (v, s) => $$"""
                $pw = ConvertTo-SecureString "{{s}}" -AsPlainText -Force
                $cred = New-Object System.Management.Automation.PSCredential("CORP\svc_deploy", $pw)
                Invoke-Command -ComputerName APP07 -Credential $cred -ScriptBlock { Restart-Service W3SVC }
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
        ("basic header in base64", static (v, s) => $$"""
                GET /rest/api/2/search?jql=project=OPS HTTP/1.1
                Host: jira.example.com
                Authorization: Basic {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("jira-bot:" + s))}}
                Accept: application/json
                """),
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
        ("docker config auth in base64", static (v, s) => $$"""
                {
                  "auths": {
                    "ghcr.io": {
                      "auth": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("acme-ci:" + s))}}"
                    }
                  },
                  "credsStore": ""
                }
                """),
        ("secrets manager string", static (v, s) => $$"""
                {
                    "ARN": "arn:aws:secretsmanager:eu-west-1:{{v.Of(Values.Digits, 12)}}:secret:prod/db-AbCdEf",
                    "Name": "prod/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": "{\"username\":\"dbadmin\",\"password\":\"{{s}}\",\"engine\":\"mysql\",\"port\":3306}",
                    "VersionStages": ["AWSCURRENT"]
                }
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
