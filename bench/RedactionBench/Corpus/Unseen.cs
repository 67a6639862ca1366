namespace Kilometers.RedactionBench.Corpus;

/// <summary>Forms that were written last, without a look at any rule or other form, and never used to make a rule: how much leaks of what nobody thought of. Do not tune to these; write new ones.</summary>
internal static class Unseen
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Settings and environment dumps.
        ("quoted export", static (v, s) => $"export STRIPE_API_KEY=\"{s}\""),
        ("dotenv of a web shop", static (v, s) => $$"""
                # --- app ---
                NODE_ENV=production
                PORT=3000
                BASE_URL=https://shop.example.com

                # --- database ---
                DB_HOST=db-{{v.Hex(6)}}.eu-central-1.rds.amazonaws.com
                DB_PORT=5432
                DB_NAME=shop
                DB_USER=shop_app
                DB_PASS={{s}}
                DB_SSL=true
                """),
        ("dotenv single quoted with comment", static (v, s) => $$"""
                LOG_LEVEL=info
                SENDGRID_API_KEY='{{s}}' # rotated 2024-11-02
                SENDGRID_FROM='no-reply@example.com'
                """),
        ("printenv of a container", static (v, s) => $$"""
                HOSTNAME={{v.Hex(12)}}
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                LANG=C.UTF-8
                PYTHON_VERSION=3.12.4
                PGHOST=postgres
                PGUSER=api
                PGPASSWORD={{s}}
                PGDATABASE=api
                HOME=/root
                PWD=/app
                SHLVL=1
                """),
        ("docker inspect env", static (v, s) => $$"""
                [
                    {
                        "Id": "{{v.Hex(64)}}",
                        "Name": "/reporting-api",
                        "Config": {
                            "Hostname": "{{v.Hex(12)}}",
                            "Env": [
                                "PATH=/usr/local/bin:/usr/bin:/bin",
                                "ASPNETCORE_URLS=http://+:8080",
                                "REDIS_PASSWORD={{s}}",
                                "TZ=Europe/Berlin"
                            ],
                            "Image": "registry.example.com/reporting-api:1.14.2"
                        }
                    }
                ]
                """),
        ("compose environment list", static (v, s) => $$"""
                services:
                  db:
                    image: mysql:8.4
                    restart: unless-stopped
                    environment:
                      - MYSQL_DATABASE=wordpress
                      - MYSQL_USER=wordpress
                      - MYSQL_PASSWORD={{s}}
                      - MYSQL_RANDOM_ROOT_PASSWORD=1
                    volumes:
                      - db_data:/var/lib/mysql
                """),
        ("compose environment map", static (v, s) => $$"""
                services:
                  postgres:
                    image: postgres:16-alpine
                    environment:
                      POSTGRES_USER: keycloak
                      POSTGRES_PASSWORD: "{{s}}"
                      POSTGRES_DB: keycloak
                    healthcheck:
                      test: ["CMD-SHELL", "pg_isready -U keycloak"]
                      interval: 10s
                """),
        ("deployment env name value", static (v, s) => $$"""
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: billing-worker
                  namespace: billing
                spec:
                  template:
                    spec:
                      containers:
                        - name: worker
                          image: ghcr.io/acme/billing-worker:{{v.Hex(7)}}
                          env:
                            - name: QUEUE_URL
                              value: https://sqs.eu-west-1.amazonaws.com/123456789012/billing
                            - name: PAYPAL_CLIENT_SECRET
                              value: {{s}}
                            - name: LOG_FORMAT
                              value: json
                """),
        ("mcp server env", static (v, s) => $$"""
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
                      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/anna/src"]
                    }
                  }
                }
                """),
        ("mcp server args", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "search": {
                      "command": "uvx",
                      "args": [
                        "search-mcp",
                        "--region",
                        "eu",
                        "--api-key",
                        "{{s}}",
                        "--verbose"
                      ]
                    }
                  }
                }
                """),
        ("mcp server remote header", static (v, s) => $$"""
                {
                  "servers": {
                    "tickets": {
                      "type": "http",
                      "url": "https://mcp.example.com/v1",
                      "headers": { "Authorization": "Bearer {{s}}", "X-Workspace": "{{v.Uuid()}}" }
                    }
                  }
                }
                """),
        ("vscode rest client variables", static (v, s) => $$"""
                {
                    "editor.formatOnSave": true,
                    "files.eol": "\n",
                    "rest-client.environmentVariables": {
                        "$shared": { "version": "v2" },
                        "staging": {
                            "host": "staging.example.com",
                            "token": "{{s}}"
                        }
                    },
                    "workbench.colorTheme": "Default Dark Modern"
                }
                """),
        ("ecs task definition value first", static (v, s) => $$"""
                {
                  "taskDefinition": {
                    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:41",
                    "containerDefinitions": [
                      {
                        "name": "web",
                        "cpu": 256,
                        "environment": [
                          { "value": "production", "name": "RAILS_ENV" },
                          { "value": "{{s}}", "name": "SECRET_KEY_BASE" },
                          { "value": "5", "name": "RAILS_MAX_THREADS" }
                        ]
                      }
                    ]
                  }
                }
                """),
        ("lambda configuration", static (v, s) => $$"""
                {
                    "FunctionName": "notify-customers",
                    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:notify-customers",
                    "Runtime": "nodejs20.x",
                    "CodeSha256": "{{v.Base64(32)}}",
                    "Environment": {
                        "Variables": {
                            "STAGE": "prod",
                            "TWILIO_ACCOUNT_SID": "AC{{v.Hex(32)}}",
                            "TWILIO_AUTH_TOKEN": "{{s}}"
                        }
                    },
                    "RevisionId": "{{v.Uuid()}}"
                }
                """),
        ("azure webapp appsettings list", static (v, s) => $$"""
                [
                  {
                    "name": "WEBSITE_RUN_FROM_PACKAGE",
                    "slotSetting": false,
                    "value": "1"
                  },
                  {
                    "name": "Smtp__Password",
                    "slotSetting": false,
                    "value": "{{s}}"
                  },
                  {
                    "name": "Smtp__User",
                    "slotSetting": false,
                    "value": "mailer@example.com"
                  }
                ]
                """),
        ("heroku config", static (v, s) => $$"""
                === my-crm Config Vars

                BUNDLE_WITHOUT:           development:test
                MAILGUN_DOMAIN:           mg.example.com
                MAILGUN_API_KEY:          {{s}}
                RACK_ENV:                 production
                WEB_CONCURRENCY:          2
                """),
        ("railway variables table", static (v, s) => $$"""
                ╔══════════ Variables for api ══════════╗
                ║ RAILWAY_ENVIRONMENT   │ production
                ║───────────────────────────────────────
                ║ RAILWAY_PROJECT_ID    │ {{v.Uuid()}}
                ║───────────────────────────────────────
                ║ JWT_SECRET            │ {{s}}
                ║───────────────────────────────────────
                ║ PORT                  │ 8080
                ╚═══════════════════════════════════════╝
                """),
        ("appsettings connection string", static (v, s) => $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "ConnectionStrings": {
                    "Default": "Server=tcp:sql-prod.database.windows.net,1433;Initial Catalog=Orders;User ID=orders_rw;Password={{s}};Encrypt=True;Connection Timeout=30;"
                  },
                  "AllowedHosts": "*"
                }
                """),
        ("appsettings jwt section", static (v, s) => $$"""
                {
                  "Jwt": {
                    "Issuer": "https://id.example.com",
                    "Audience": "api",
                    "SigningKey": "{{s}}",
                    "ExpiryMinutes": 60
                  },
                  "FeatureFlags": { "NewCheckout": true }
                }
                """),
        ("spring application yml", static (v, s) => $$"""
                spring:
                  application:
                    name: inventory
                  datasource:
                    url: jdbc:postgresql://10.20.0.14:5432/inventory
                    username: inventory
                    password: '{{s}}'
                    hikari:
                      maximum-pool-size: 12
                  jpa:
                    hibernate:
                      ddl-auto: validate
                """),
        ("spring application properties", static (v, s) => $$"""
                server.port=8443
                server.ssl.key-store=classpath:keystore.p12
                server.ssl.key-store-type=PKCS12
                server.ssl.key-store-password={{s}}
                server.ssl.key-alias=tomcat
                management.endpoints.web.exposure.include=health,info
                """),
        ("django diffsettings", static (v, s) => $$"""
                ALLOWED_HOSTS = ['app.example.com']
                DEBUG = False
                EMAIL_HOST = 'smtp.eu.mailgun.org'
                EMAIL_HOST_PASSWORD = '{{s}}'
                EMAIL_HOST_USER = 'postmaster@mg.example.com'
                EMAIL_USE_TLS = True
                ROOT_URLCONF = 'portal.urls'  ###
                TIME_ZONE = 'Europe/Paris'
                """),
        ("rails database yml", static (v, s) => $$"""
                default: &default
                  adapter: postgresql
                  encoding: unicode
                  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>

                production:
                  <<: *default
                  database: forum_production
                  username: forum
                  password: {{s}}
                  host: 10.0.3.7
                """),
        ("laravel env mail", static (v, s) => $$"""
                APP_NAME=Intranet
                APP_ENV=production
                APP_DEBUG=false
                APP_URL=https://intranet.example.fr

                MAIL_MAILER=smtp
                MAIL_HOST=smtp.office365.com
                MAIL_PORT=587
                MAIL_USERNAME=robot@example.fr
                MAIL_PASSWORD="{{s}}"
                MAIL_ENCRYPTION=tls
                MAIL_FROM_ADDRESS="robot@example.fr"
                """),
        ("powershell env assignment", static (v, s) => $$"""
                $env:ARM_SUBSCRIPTION_ID = "{{v.Uuid()}}"
                $env:ARM_TENANT_ID       = "{{v.Uuid()}}"
                $env:ARM_CLIENT_ID       = "{{v.Uuid()}}"
                $env:ARM_CLIENT_SECRET   = "{{s}}"
                terraform plan -out tfplan
                """),
        ("powershell env listing", static (v, s) => $$"""
                Name                           Value
                ----                           -----
                COMPUTERNAME                   BUILD-07
                NUGET_API_KEY                  {{s}}
                NUMBER_OF_PROCESSORS           16
                OS                             Windows_NT
                ProgramFiles                   C:\Program Files
                USERNAME                       svc-build
                """),
        ("cmd set output", static (v, s) => $$"""
                C:\Users\mkeller>set
                ALLUSERSPROFILE=C:\ProgramData
                APPDATA=C:\Users\mkeller\AppData\Roaming
                ANTHROPIC_API_KEY={{s}}
                ComSpec=C:\WINDOWS\system32\cmd.exe
                HOMEDRIVE=C:
                LOGONSERVER=\\DC01
                """),
        ("github workflow env", static (v, s) => $$$"""
                name: release
                on:
                  push:
                    tags: ["v*"]
                env:
                  REGISTRY: ghcr.io
                  SONAR_TOKEN: {{{s}}}
                jobs:
                  scan:
                    runs-on: ubuntu-latest
                    steps:
                      - uses: actions/checkout@v4
                      - run: sonar-scanner -Dsonar.projectKey=${{ github.repository }}
                """),
        ("gitlab ci variables api", static (v, s) => $$"""
                [{"variable_type":"env_var","key":"DEPLOY_HOST","value":"deploy.example.com","protected":false,"masked":false},{"variable_type":"env_var","key":"DEPLOY_PASSWORD","value":"{{s}}","hidden":false,"protected":true,"masked":true,"raw":true,"environment_scope":"*"}]
                """),
        ("systemd unit environment", static (v, s) => $$"""
                [Unit]
                Description=Metrics forwarder
                After=network-online.target

                [Service]
                User=metrics
                Environment="INFLUX_URL=https://influx.example.com:8086" "INFLUX_TOKEN={{s}}"
                ExecStart=/opt/forwarder/bin/forwarder
                Restart=on-failure

                [Install]
                WantedBy=multi-user.target
                """),
        ("node process env inspect", static (v, s) => $$"""
                {
                  SHELL: '/bin/zsh',
                  npm_config_user_agent: 'npm/10.8.1 node/v20.15.0 darwin arm64',
                  OPENAI_API_KEY: '{{s}}',
                  TERM_PROGRAM: 'vscode',
                  USER: 'leo',
                  npm_lifecycle_event: 'dev'
                }
                """),
        ("python environ repr", static (v, s) => $$"""
                environ({'HOME': '/home/airflow', 'LC_ALL': 'C.UTF-8', 'AIRFLOW__WEBSERVER__SECRET_KEY': '{{s}}', 'AIRFLOW__CORE__EXECUTOR': 'CeleryExecutor', 'PYTHONUNBUFFERED': '1'})
                """),
        ("vercel pulled env", static (v, s) => $$"""
                # Created by Vercel CLI
                NEXT_PUBLIC_SITE_URL="https://www.example.io"
                NEXTAUTH_URL="https://www.example.io"
                NEXTAUTH_SECRET="{{s}}"
                VERCEL_ENV="development"
                VERCEL_GIT_COMMIT_SHA="{{v.Hex(40)}}"
                """),
        ("dockerfile env", static (v, s) => $$"""
                FROM node:20-slim
                WORKDIR /srv
                ENV NODE_ENV=production \
                    PORT=8080 \
                    SESSION_SECRET={{s}} \
                    TZ=UTC
                COPY . .
                RUN npm ci --omit=dev
                CMD ["node", "server.js"]
                """),
        ("helm get values", static (v, s) => $$"""
                USER-SUPPLIED VALUES:
                auth:
                  adminPassword: {{s}}
                  adminUser: admin
                ingress:
                  enabled: true
                  hostname: argocd.example.com
                  tls: true
                replicaCount: 2
                """),
        ("camel case nested settings", static (v, s) => $$$$$"""
                {"app":{"name":"helpdesk","port":4000},"mail":{"smtp":{"host":"smtp.example.net","port":465,"secure":true,"auth":{"user":"helpdesk@example.net","pass":"{{{{{s}}}}}"}}},"i18n":{"default":"nl"}}
                """),
        ("vscode launch env", static (v, s) => $$"""
                {
                  "version": "0.2.0",
                  "configurations": [
                    {
                      "name": "Python: FastAPI",
                      "type": "debugpy",
                      "request": "launch",
                      "module": "uvicorn",
                      "args": ["app.main:app", "--reload"],
                      // local only
                      "env": {
                        "APP_ENV": "dev",
                        "HF_TOKEN": "{{s}}",
                      },
                    },
                  ],
                }
                """),
        ("dotnet launch settings", static (v, s) => $$"""
                {
                  "profiles": {
                    "Shop.Api": {
                      "commandName": "Project",
                      "launchBrowser": false,
                      "applicationUrl": "https://localhost:7045;http://localhost:5045",
                      "environmentVariables": {
                        "ASPNETCORE_ENVIRONMENT": "Development",
                        "Authentication__Google__ClientId": "318204417762-{{v.Of(Values.Lower, 32)}}.apps.googleusercontent.com",
                        "Authentication__Google__ClientSecret": "{{s}}"
                      }
                    }
                  }
                }
                """),
        ("toml database section", static (v, s) => $$"""
                [server]
                bind = "0.0.0.0:8000"
                workers = 4

                [database]
                host = "db.internal"
                port = 5432
                user = "metabase"
                password = "{{s}}"
                pool_size = 10
                """),
        ("dotnet user secrets list", static (v, s) => $$"""
                $ dotnet user-secrets list --project src/Web
                Mail:Host = smtp.example.org
                Mail:Port = 587
                Stripe:WebhookSecret = {{s}}
                Stripe:PublishableKey = pk_test_{{v.Of(Values.AlphaNumeric, 24)}}
                """),
        // Files and parts of files.
        ("aws credentials file", static (v, s) => $$"""
                [default]
                region = eu-central-1

                [prod-admin]
                aws_access_key_id = AKIA{{v.Of(Values.Upper, 16)}}
                aws_secret_access_key = {{s}}
                output = json
                """),
        ("npmrc auth token", static (v, s) => $$"""
                @acme:registry=https://npm.pkg.github.com/
                //npm.pkg.github.com/:_authToken={{s}}
                always-auth=true
                save-exact=true
                """),
        ("pypirc", static (v, s) => $$"""
                [distutils]
                index-servers =
                    pypi
                    internal

                [internal]
                repository: https://pypi.example.com/legacy/
                username: ci-upload
                password: {{s}}
                """),
        ("netrc several machines", static (v, s) => $$"""
                machine api.heroku.com
                  login dev@example.com
                  password {{s}}
                machine ftp.example.org
                  login anonymous
                """),
        ("pgpass line", static (v, s) => $$"""
                # hostname:port:database:username:password
                db1.example.com:5432:analytics:readonly:{{s}}
                """),
        ("mysql client cnf", static (v, s) => $$"""
                [client]
                user=backup
                password="{{s}}"
                host=127.0.0.1

                [mysqldump]
                single-transaction
                quick
                """),
        ("maven settings server", static (v, s) => $$"""
                <settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployer</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                  <mirrors>
                    <mirror><id>central</id><url>https://nexus.example.com/repository/maven-public/</url><mirrorOf>*</mirrorOf></mirror>
                  </mirrors>
                </settings>
                """),
        ("nuget config clear text", static (v, s) => $$"""
                <?xml version="1.0" encoding="utf-8"?>
                <configuration>
                  <packageSources>
                    <add key="internal" value="https://pkgs.dev.azure.com/acme/_packaging/main/nuget/v3/index.json" />
                  </packageSources>
                  <packageSourceCredentials>
                    <internal>
                      <add key="Username" value="build" />
                      <add key="ClearTextPassword" value="{{s}}" />
                    </internal>
                  </packageSourceCredentials>
                </configuration>
                """),
        ("web config connection string", static (v, s) => $$"""
                <configuration>
                  <connectionStrings>
                    <add name="Erp" connectionString="Data Source=SQL02\PROD;Initial Catalog=Erp;Persist Security Info=True;User Id=erp_app;Pwd={{s}};MultipleActiveResultSets=True" providerName="System.Data.SqlClient" />
                  </connectionStrings>
                  <appSettings>
                    <add key="PageSize" value="50" />
                  </appSettings>
                </configuration>
                """),
        ("tfvars", static (v, s) => $$"""
                environment       = "prod"
                region            = "westeurope"
                sql_admin_login   = "sqladmin"
                sql_admin_password = "{{s}}" # TODO: move to vault
                tags = {
                  owner = "platform"
                }
                """),
        ("terraform provider block", static (v, s) => $$"""
                terraform {
                  required_providers {
                    cloudflare = {
                      source  = "cloudflare/cloudflare"
                      version = "~> 4.0"
                    }
                  }
                }

                provider "cloudflare" {
                  api_token = "{{s}}"
                }

                resource "cloudflare_record" "www" {
                  zone_id = "{{v.Hex(32)}}"
                  name    = "www"
                  type    = "CNAME"
                }
                """),
        ("terraform rds resource", static (v, s) => $$"""
                resource "aws_db_instance" "main" {
                  identifier              = "main-${var.env}"
                  engine                  = "postgres"
                  engine_version          = "15.6"
                  instance_class          = "db.t4g.medium"
                  allocated_storage       = 50
                  username                = "root_user"
                  password                = "{{s}}"
                  backup_retention_period = 7
                  skip_final_snapshot     = false
                }
                """),
        ("terraform state attributes", static (v, s) => $$"""
                {
                  "version": 4,
                  "serial": 118,
                  "lineage": "{{v.Uuid()}}",
                  "resources": [
                    {
                      "mode": "managed",
                      "type": "random_password",
                      "name": "db",
                      "instances": [
                        {
                          "schema_version": 3,
                          "attributes": {
                            "id": "none",
                            "length": 24,
                            "min_lower": 0,
                            "result": "{{s}}",
                            "special": true
                          }
                        }
                      ]
                    }
                  ]
                }
                """),
        ("cloudformation master password", static (v, s) => $$"""
                AWSTemplateFormatVersion: '2010-09-09'
                Resources:
                  Cluster:
                    Type: AWS::Redshift::Cluster
                    Properties:
                      DBName: dwh
                      NodeType: ra3.xlplus
                      MasterUsername: dwhadmin
                      MasterUserPassword: {{s}}
                      ClusterType: single-node
                      VpcSecurityGroupIds:
                        - !Ref ClusterSecurityGroup
                """),
        ("ansible inventory ini", static (v, s) => $$"""
                [web]
                web1 ansible_host=192.168.10.21 ansible_user=deploy ansible_ssh_private_key_file=~/.ssh/id_ed25519
                web2 ansible_host=192.168.10.22 ansible_user=deploy ansible_password={{s}} ansible_become=true

                [web:vars]
                ansible_python_interpreter=/usr/bin/python3
                """),
        ("ansible users list", static (v, s) => $$$"""
                ---
                postgres_version: 16
                postgres_users:
                  - name: app_rw
                    password: "{{{s}}}"
                    role_attr_flags: NOSUPERUSER,NOCREATEDB
                  - name: app_ro
                    password: "{{ vault_app_ro_password }}"
                  - name: monitoring
                    password: "{{ vault_monitoring_password }}"
                """),
        ("kubernetes secret string data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: minio-root
                  namespace: storage
                type: Opaque
                stringData:
                  root-user: minio
                  root-password: {{s}}
                """),
        ("bicep parameter default", static (v, s) => $$"""
                param location string = resourceGroup().location
                param adminUsername string = 'azureuser'
                @secure()
                param adminPassword string = '{{s}}'

                resource vm 'Microsoft.Compute/virtualMachines@2023-09-01' = {
                  name: 'vm-jump'
                  location: location
                  properties: {
                    osProfile: { computerName: 'jump', adminUsername: adminUsername, adminPassword: adminPassword }
                  }
                }
                """),
        ("python requests header", static (v, s) => $$"""
                import requests

                BASE = "https://api.example.com/v3"
                HEADERS = {
                    "Accept": "application/json",
                    "X-API-Key": "{{s}}",
                }

                def fetch(page: int) -> dict:
                    r = requests.get(f"{BASE}/contacts", headers=HEADERS, params={"page": page}, timeout=30)
                    r.raise_for_status()
                    return r.json()
                """),
        ("python psycopg connect", static (v, s) => $$"""
                import psycopg2

                conn = psycopg2.connect(
                    host="10.1.4.20",
                    dbname="warehouse",
                    user="etl",
                    password='{{s}}',
                    connect_timeout=5,
                )
                cur = conn.cursor()
                cur.execute("SELECT count(*) FROM orders WHERE created_at > now() - interval '1 day'")
                """),
        ("javascript axios client", static (v, s) => $$"""
                const axios = require('axios');

                const client = axios.create({
                  baseURL: 'https://acme.atlassian.net/rest/api/3',
                  auth: { username: 'bot@acme.io', password: '{{s}}' },
                  timeout: 10000,
                });

                module.exports = { getIssue: (key) => client.get(`/issue/${key}`) };
                """),
        ("typescript sdk constructor", static (v, s) => $$"""
                import OpenAI from "openai";

                // FIXME don't commit
                const openai = new OpenAI({ apiKey: "{{s}}", maxRetries: 2 });

                export async function summarize(text: string): Promise<string> {
                  const res = await openai.chat.completions.create({
                    model: "gpt-4o-mini",
                    messages: [{ role: "user", content: text }],
                  });
                  return res.choices[0].message.content ?? "";
                }
                """),
        ("java driver manager positional", static (v, s) => $$"""
                public class Export {
                    public static void main(String[] args) throws SQLException {
                        String url = "jdbc:oracle:thin:@//ora01.example.com:1521/PROD";
                        try (Connection c = DriverManager.getConnection(url, "report", "{{s}}");
                             Statement st = c.createStatement()) {
                            ResultSet rs = st.executeQuery("select * from v_invoices");
                        }
                    }
                }
                """),
        ("java constant", static (v, s) => $$"""
                @Component
                public class TokenService {
                    private static final Logger log = LoggerFactory.getLogger(TokenService.class);
                    private static final String JWT_SECRET = "{{s}}";
                    private static final long EXPIRATION_MS = 86_400_000L;

                    public String issue(String subject) {
                        return Jwts.builder().setSubject(subject).signWith(key(), SignatureAlgorithm.HS256).compact();
                    }
                }
                """),
        ("csharp network credential", static (v, s) => $$"""
                using var smtp = new SmtpClient("smtp.strato.de", 587)
                {
                    EnableSsl = true,
                    Credentials = new NetworkCredential("info@example.de", "{{s}}"),
                };
                await smtp.SendMailAsync(message, cancellationToken);
                """),
        ("go config literal", static (v, s) => $$"""
                func defaultConfig() *Config {
                	return &Config{
                		Addr:     ":9090",
                		Redis: redis.Options{
                			Addr:     "cache.internal:6379",
                			Password: "{{s}}",
                			DB:       2,
                		},
                		Timeout: 15 * time.Second,
                	}
                }
                """),
        ("ruby configure block", static (v, s) => $$"""
                require "octokit"

                Octokit.configure do |c|
                  c.auto_paginate = true
                  c.access_token = "{{s}}"
                end

                Octokit.org_repos("acme").each { |r| puts r.full_name }
                """),
        ("php define", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', 'wp_blog' );
                define( 'DB_USER', 'wp_blog' );
                /** Database password */
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                define( 'DB_CHARSET', 'utf8mb4' );
                $table_prefix = 'wp_';
                """),
        ("php config array", static (v, s) => $$"""
                <?php

                return [
                    'debug' => false,
                    'Datasources' => [
                        'default' => [
                            'className' => Connection::class,
                            'driver'    => Mysql::class,
                            'host'      => 'mysql',
                            'username'  => 'cake',
                            'password'  => '{{s}}',
                            'database'  => 'cake_prod',
                        ],
                    ],
                ];
                """),
        ("rust constant", static (v, s) => $$"""
                use reqwest::Client;

                const API_BASE: &str = "https://api.weather.example/v1";
                const API_TOKEN: &str = "{{s}}";

                pub async fn forecast(client: &Client, city: &str) -> anyhow::Result<Forecast> {
                    let res = client.get(format!("{API_BASE}/forecast?q={city}")).bearer_auth(API_TOKEN).send().await?;
                    Ok(res.json().await?)
                }
                """),
        ("kotlin build config field", static (v, s) => $$"""
                android {
                    namespace = "com.example.maps"
                    defaultConfig {
                        applicationId = "com.example.maps"
                        minSdk = 26
                        buildConfigField("String", "BACKEND_SECRET", "\"{{s}}\"")
                        buildConfigField("String", "BACKEND_URL", "\"https://api.example.com\"")
                    }
                }
                """),
        ("swift static let", static (v, s) => $$"""
                enum Secrets {
                    static let environment = "release"
                    static let algoliaAdminKey = "{{s}}"
                    static let algoliaAppId = "{{v.Of(Values.Upper, 10)}}"
                }
                """),
        ("arduino wifi define", static (v, s) => $$"""
                #include <WiFi.h>
                #include <PubSubClient.h>

                #define WIFI_SSID     "Workshop-2G"
                #define WIFI_PASSWORD "{{s}}"
                #define MQTT_HOST     "192.168.178.40"

                void setup() {
                  Serial.begin(115200);
                  WiFi.begin(WIFI_SSID, WIFI_PASSWORD);
                }
                """),
        ("bash backup script", static (v, s) => $$"""
                #!/usr/bin/env bash
                set -euo pipefail

                BUCKET="s3://acme-backups/$(hostname)"
                RESTIC_REPOSITORY="s3:https://s3.example.com/backups"
                RESTIC_PASSWORD='{{s}}'
                export RESTIC_REPOSITORY RESTIC_PASSWORD

                restic backup /srv --exclude-caches
                restic forget --keep-daily 7 --prune
                """),
        ("notebook cell", static (v, s) => $$"""
                {
                 "cells": [
                  {
                   "cell_type": "code",
                   "execution_count": 3,
                   "id": "{{v.Hex(8)}}",
                   "metadata": {},
                   "outputs": [],
                   "source": [
                    "import snowflake.connector\n",
                    "ctx = snowflake.connector.connect(\n",
                    "    user='ANALYST',\n",
                    "    password='{{s}}',\n",
                    "    account='xy12345.eu-central-1',\n",
                    ")\n"
                   ]
                  }
                 ],
                 "nbformat": 4,
                 "nbformat_minor": 5
                }
                """),
        ("postman collection auth", static (v, s) => $$"""
                {
                  "info": { "_postman_id": "{{v.Uuid()}}", "name": "Partner API" },
                  "auth": {
                    "type": "basic",
                    "basic": [
                      { "key": "password", "value": "{{s}}", "type": "string" },
                      { "key": "username", "value": "partner-42", "type": "string" }
                    ]
                  },
                  "item": []
                }
                """),
        ("postman environment", static (v, s) => $$"""
                {
                  "id": "{{v.Uuid()}}",
                  "name": "prod",
                  "values": [
                    { "key": "baseUrl", "value": "https://api.example.com", "type": "default", "enabled": true },
                    { "key": "accessToken", "value": "{{s}}", "type": "secret", "enabled": true }
                  ],
                  "_postman_variable_scope": "environment"
                }
                """),
        ("http file", static (v, s) => $$$"""
                @host = https://localhost:5001

                ### create order
                POST {{host}}/api/orders HTTP/1.1
                Content-Type: application/json
                Authorization: Bearer {{{s}}}

                { "sku": "A-1001", "quantity": 2 }

                ### health
                GET {{host}}/health
                """),
        ("redis conf requirepass", static (v, s) => $$"""
                bind 0.0.0.0
                protected-mode yes
                port 6379
                # requirepass foobared
                requirepass {{s}}
                maxmemory 512mb
                maxmemory-policy allkeys-lru
                """),
        ("prometheus basic auth", static (v, s) => $$"""
                scrape_configs:
                  - job_name: node
                    static_configs:
                      - targets: ["node1:9100", "node2:9100"]
                  - job_name: app
                    scheme: https
                    basic_auth:
                      username: prometheus
                      password: {{s}}
                    static_configs:
                      - targets: ["app.example.com"]
                """),
        ("grafana ini", static (v, s) => $$"""
                [security]
                ;disable_initial_admin_creation = false
                admin_user = admin
                admin_password = {{s}}
                cookie_secure = true

                [users]
                allow_sign_up = false
                """),
        ("nginx upstream header", static (v, s) => $$"""
                server {
                    listen 443 ssl;
                    server_name proxy.example.com;

                    location /llm/ {
                        proxy_pass https://api.openai.com/v1/;
                        proxy_set_header Host api.openai.com;
                        proxy_set_header Authorization "Bearer {{s}}";
                        proxy_buffering off;
                    }
                }
                """),
        ("sql create user", static (v, s) => $$"""
                CREATE DATABASE nextcloud CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
                CREATE USER 'nextcloud'@'localhost' IDENTIFIED BY '{{s}}';
                GRANT ALL PRIVILEGES ON nextcloud.* TO 'nextcloud'@'localhost';
                FLUSH PRIVILEGES;
                """),
        ("android key properties", static (v, s) => $$"""
                storeFile=../upload-keystore.jks
                keyAlias=upload
                storePassword={{s}}
                """),
        ("dbt profile", static (v, s) => $$"""
                acme_dwh:
                  target: prod
                  outputs:
                    prod:
                      type: redshift
                      host: dwh.example.com
                      user: dbt
                      pass: "{{s}}"
                      port: 5439
                      dbname: analytics
                      schema: marts
                      threads: 4
                """),
        ("functions local settings", static (v, s) => $$"""
                {
                  "IsEncrypted": false,
                  "Values": {
                    "FUNCTIONS_WORKER_RUNTIME": "dotnet-isolated",
                    "AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=stacmeprod;AccountKey={{s}};EndpointSuffix=core.windows.net"
                  }
                }
                """),
        ("oauth client json", static (v, s) => $$$$$"""
                {"installed":{"client_id":"{{{318204417762}}}-{{{{{v.Of(
                    Values.Lower,
                    20
                )}}}}}.apps.googleusercontent.com","project_id":"mail-sync-418","auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token","client_secret":"{{{{{s}}}}}","redirect_uris":["http://localhost"]}}
                """),
        ("tomcat users", static (v, s) => $$"""
                <?xml version='1.0' encoding='utf-8'?>
                <tomcat-users>
                  <role rolename="manager-gui"/>
                  <role rolename="manager-script"/>
                  <user username="ops" password="{{s}}" roles="manager-gui,manager-script"/>
                </tomcat-users>
                """),
        ("git config remote with token", static (v, s) => $$"""
                [core]
                	repositoryformatversion = 0
                	bare = false
                [remote "origin"]
                	url = https://oauth2:{{s}}@gitlab.example.com/platform/infra.git
                	fetch = +refs/heads/*:refs/remotes/origin/*
                [branch "main"]
                	remote = origin
                	merge = refs/heads/main
                """),
        ("csv of accounts", static (v, s) => $$"""
                id,email,role,initial_password,created
                17,tina@example.com,admin,{{s}},2025-01-14
                """),
        // Log lines and errors.
        ("request log with bearer", static (v, s) =>
            $"2025-03-04T09:12:44.107Z DEBUG http.client - --> GET https://api.example.com/v2/users headers=[Accept: application/json, Authorization: Bearer {s}, User-Agent: okhttp/4.12.0]"
        ),
        ("access log query key", static (v, s) =>
            $"203.0.113.40 - - [12/May/2025:06:25:11 +0000] \"GET /v1/geocode?address=Berlin&api_key={s}&lang=de HTTP/1.1\" 200 1843 \"-\" \"curl/8.5.0\""
        ),
        ("sqlalchemy connect error", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/worker.py", line 31, in <module>
                    engine.connect()
                sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) could not translate host name "pg-main" to address: Name or service not known
                engine url was: postgresql+psycopg2://worker:{{s}}@pg-main:5432/jobs
                """),
        ("requests exception with token", static (v, s) =>
            $"requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://graph.facebook.com/v19.0/me/accounts?limit=25&access_token={s}"
        ),
        ("axios error dump", static (v, s) => $$"""
                AxiosError: Request failed with status code 401
                    at settle (/app/node_modules/axios/dist/node/axios.cjs:1966:12) {
                  code: 'ERR_BAD_REQUEST',
                  config: {
                    method: 'post',
                    url: 'https://api.notion.com/v1/pages',
                    headers: Object [AxiosHeaders] {
                      Accept: 'application/json, text/plain, */*',
                      'Notion-Version': '2022-06-28',
                      Authorization: 'Bearer {{s}}',
                      'Content-Length': '318'
                    }
                  }
                }
                """),
        ("dotnet options logged", static (v, s) => $$"""
                info: Shop.Worker.Startup[0]
                      Using options SmtpOptions { Host = smtp.example.com, Port = 587, User = shop, Password = {{s}}, UseTls = True }
                info: Microsoft.Hosting.Lifetime[0]
                      Application started. Press Ctrl+C to shut down.
                """),
        ("hibernate properties debug", static (v, s) =>
            $"12:01:55,310 DEBUG [org.hibernate.cfg.Environment] (main) properties: {{hibernate.dialect=org.hibernate.dialect.PostgreSQLDialect, hibernate.connection.username=hr, hibernate.connection.password={s}, hibernate.show_sql=false}}"
        ),
        ("docker build arg step", static (v, s) => $$"""
                #9 [build 4/7] RUN npm config set //registry.npmjs.org/:_authToken={{s}} && npm ci
                #9 0.512 npm warn deprecated inflight@1.0.6
                #9 14.20 added 812 packages in 13s
                #9 DONE 14.9s
                """),
        ("actions step env echo", static (v, s) => $$"""
                2025-06-11T14:02:07.1183021Z ##[group]Run ./deploy.sh
                2025-06-11T14:02:07.1184410Z shell: /usr/bin/bash -e {0}
                2025-06-11T14:02:07.1184702Z env:
                2025-06-11T14:02:07.1184911Z   TARGET: production
                2025-06-11T14:02:07.1185120Z   FTP_PASSWORD: {{s}}
                2025-06-11T14:02:07.1185333Z ##[endgroup]
                """),
        ("curl verbose trace", static (v, s) => $$"""
                * Connected to api.example.com (93.184.216.34) port 443
                > GET /rest/v1/profiles?select=* HTTP/2
                > Host: api.example.com
                > user-agent: curl/8.6.0
                > accept: */*
                > apikey: {{s}}
                >
                < HTTP/2 200
                < content-type: application/json; charset=utf-8
                """),
        ("set cookie session", static (v, s) => $"< set-cookie: sessionid={s}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600"),
        ("mongo auth failure", static (v, s) =>
            $"[2025-02-18 23:10:02] ERROR app.db: could not connect using mongodb+srv://svc_catalog:{s}@cluster0.{v.Of(Values.Lower, 5)}.mongodb.net/catalog?retryWrites=true&w=majority: bad auth : Authentication failed."
        ),
        ("slack webhook failure", static (v, s) =>
            $"WARN notifier: POST https://hooks.slack.com/services/T{v.Of(Values.Upper, 8)}/B{v.Of(Values.Upper, 10)}/{s} -> 404 no_service (attempt 2/5)"
        ),
        ("telegram bot url", static (v, s) =>
            $"telegram.error.NetworkError: httpx.ConnectTimeout while calling https://api.telegram.org/bot{v.Of(Values.Digits, 10)}:{s}/getUpdates"
        ),
        ("pino request body", static (v, s) =>
            $$$$$"""
                {"level":30,"time":1739871122334,"pid":1,"hostname":"{{{{{v.Hex(
                    12
                )}}}}}","req":{"method":"POST","url":"/api/login","body":{"email":"carla@example.com","password":"{{{{{s}}}}}","remember":true}},"res":{"statusCode":200},"responseTime":84,"msg":"request completed"}
                """
        ),
        ("token response debug", static (v, s) => $$"""
                DEBUG:oauthlib:Token endpoint answered 200 {"token_type": "Bearer", "scope": "offline_access files.read", "expires_in": 3599, "refresh_token": "{{s}}"}
                """),
        ("form body logged", static (v, s) =>
            $"[http] POST https://login.example.com/oauth/token body: grant_type=password&username=jdoe%40example.com&password={s}&client_id=mobile-app"
        ),
        ("terraform plan diff", static (v, s) => $$"""
                  # azurerm_container_app.api will be updated in-place
                  ~ resource "azurerm_container_app" "api" {
                        name = "ca-api-prod"
                      ~ template {
                          ~ container {
                              + env {
                                  + name  = "DATABASE_PASSWORD"
                                  + value = "{{s}}"
                                }
                            }
                        }
                    }

                Plan: 0 to add, 1 to change, 0 to destroy.
                """),
        ("kubectl describe environment", static (v, s) => $$"""
                Containers:
                  api:
                    Container ID:   containerd://{{v.Hex(64)}}
                    Image:          acme/api:2.8.0
                    State:          Running
                    Ready:          True
                    Environment:
                      SPRING_PROFILES_ACTIVE:      prod
                      SPRING_RABBITMQ_USERNAME:    api
                      SPRING_RABBITMQ_PASSWORD:    {{s}}
                      JAVA_OPTS:                   -Xmx512m
                    Mounts:
                      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-x2x9k (ro)
                """),
        ("rails parameters", static (v, s) => $$"""
                Started POST "/users/sign_in" for 198.51.100.7 at 2025-01-30 18:44:01 +0100
                Processing by Users::SessionsController#create as HTML
                  Parameters: {"utf8"=>"✓", "user"=>{"email"=>"nils@example.se", "password"=>"{{s}}", "remember_me"=>"0"}, "commit"=>"Log in"}
                Completed 401 Unauthorized in 212ms
                """),
        ("mysqld temporary password", static (v, s) =>
            $"2025-04-02T07:31:18.550127Z 6 [Note] [MY-010454] [Server] A temporary password is generated for root@localhost: {s}"
        ),
        ("jenkins initial password", static (v, s) => $$"""
                *************************************************************

                Jenkins initial setup is required. An admin user has been created and a password generated.
                Please use the following password to proceed to installation:

                {{s}}

                This may also be found at: /var/jenkins_home/secrets/initialAdminPassword

                *************************************************************
                """),
        ("jupyter server url", static (v, s) => $$"""
                [I 2025-05-06 10:11:12.345 ServerApp] Jupyter Server 2.14.1 is running at:
                [I 2025-05-06 10:11:12.345 ServerApp] http://localhost:8888/lab?token={{s}}
                [I 2025-05-06 10:11:12.345 ServerApp] Use Control-C to stop this server and shut down all kernels
                """),
        ("ansible failed task", static (v, s) => $$$$$"""
                TASK [postgres : create user] **************************************************
                fatal: [db1]: FAILED! => {"changed": false, "invocation": {"module_args": {"db": "app", "name": "app", "password": "{{{{{s}}}}}", "port": 5432, "state": "present"}}, "msg": "unable to connect to database: FATAL: role \"postgres\" is not permitted to log in"}
                """),
        ("logfmt line", static (v, s) =>
            $"ts=2025-03-22T11:05:09Z level=debug caller=client.go:88 msg=\"vault login\" addr=https://vault.example.com:8200 role_id={v.Uuid()} secret_id={s} namespace=platform"
        ),
        // Shell commands and their output.
        ("mysqldump attached password", static (v, s) =>
            $"$ mysqldump -h 10.0.0.12 -u backup -p'{s}' --single-transaction crm > crm.sql\nmysqldump: [Warning] Using a password on the command line interface can be insecure."
        ),
        ("psql with inline variable", static (v, s) => $"PGPASSWORD='{s}' psql -h localhost -p 5433 -U metabase -d metabase -c '\\dt'"),
        ("sshpass rsync", static (v, s) => $"sshpass -p '{s}' rsync -avz --delete ./dist/ www@203.0.113.9:/var/www/html/"),
        ("curl bearer with continuation", static (v, s) => $$"""
                curl -sS -X POST https://api.anthropic.com/v1/messages \
                  -H "content-type: application/json" \
                  -H "anthropic-version: 2023-06-01" \
                  -H "x-api-key: {{s}}" \
                  -d '{"model":"claude-3-5-haiku-latest","max_tokens":64,"messages":[{"role":"user","content":"ping"}]}'
                """),
        ("curl basic user", static (v, s) => $"curl -k -u \"elastic:{s}\" 'https://localhost:9200/_cat/indices?v'"),
        ("docker login", static (v, s) =>
            $"docker login registry.gitlab.com -u ci-deploy -p {s} && docker pull registry.gitlab.com/acme/web:latest"
        ),
        ("aws configure set", static (v, s) => $$"""
                aws configure set aws_access_key_id AKIA{{v.Of(Values.Upper, 16)}} --profile ci
                aws configure set aws_secret_access_key {{s}} --profile ci
                aws configure set region us-west-2 --profile ci
                """),
        ("shell history", static (v, s) => $$"""
                  501  cd ~/src/infra
                  502  git pull --rebase
                  503  export VAULT_TOKEN={{s}}
                  504  vault kv list secret/
                  505  make plan
                """),
        ("kubectl create secret", static (v, s) =>
            $"kubectl -n web create secret generic db-credentials --from-literal=username=web --from-literal=password='{s}' --dry-run=client -o yaml"
        ),
        ("az service principal output", static (v, s) => $$"""
                $ az ad sp create-for-rbac --name gh-deploy --role contributor
                The output includes credentials that you must protect.
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "gh-deploy",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """),
        ("vault kv get table", static (v, s) => $$"""
                $ vault kv get secret/prod/mailer
                ====== Metadata ======
                Key              Value
                ---              -----
                created_time     2025-02-01T08:00:12.123456Z
                version          3

                ====== Data ======
                Key         Value
                ---         -----
                host        smtp.example.com
                password    {{s}}
                username    mailer
                """),
        ("token piped to login", static (v, s) =>
            $"$ echo \"{s}\" | gh auth login --hostname github.com --with-token\n$ gh auth status\ngithub.com\n  ✓ Logged in to github.com account octo-dev (/home/dev/.config/gh/hosts.yml)"
        ),
        ("powershell secure string", static (v, s) => $$"""
                PS C:\> $pw = ConvertTo-SecureString '{{s}}' -AsPlainText -Force
                PS C:\> $cred = New-Object System.Management.Automation.PSCredential ('CORP\svc-sql', $pw)
                PS C:\> Invoke-Command -ComputerName sql01 -Credential $cred -ScriptBlock { Get-Service MSSQLSERVER }
                """),
        ("process listing", static (v, s) => $$"""
                USER         PID %CPU %MEM COMMAND
                root           1  0.0  0.1 /sbin/init
                www-data     812  0.3  1.2 php-fpm: pool www
                deploy      2290  1.1  2.4 /usr/local/bin/exporter --mongodb.host=mongo1 --mongodb.user=exporter --mongodb.password={{s}} --web.listen-address=:9216
                """),
        ("net use", static (v, s) =>
            $"C:\\> net use Z: \\\\nas01\\projects /user:CORP\\h.meyer {s} /persistent:no\nThe command completed successfully."
        ),
        // Chats, tickets and mails.
        ("prompt to assistant", static (v, s) =>
            $"Can you check why my deploy fails? The server is 198.51.100.23, user is ubuntu and the password is {s} - just ssh in and look at /var/log/nginx/error.log please"
        ),
        ("slack thread english", static (v, s) => $$"""
                Priya  10:42 AM
                hey, does anyone have the staging admin login? mine expired
                Tom  10:44 AM
                sure: `admin@example.com` / `{{s}}`
                Priya  10:44 AM
                thx, works :tada:
                """),
        ("mail german", static (v, s) => $$"""
                Betreff: Zugang VPN
                Von: it-support@example.de

                Hallo Frau Schulz,

                Ihr VPN-Zugang ist eingerichtet.
                Benutzername: a.schulz
                Passwort: {{s}}

                Bitte ändern Sie das Kennwort nach der ersten Anmeldung.

                Viele Grüße
                IT-Support
                """),
        ("ticket french", static (v, s) => $$"""
                [SUP-2231] Accès base de recette

                Bonjour, pour reproduire le bug il faut se connecter à la base recette (serveur bdd-rec01, utilisateur recette_app). Le mot de passe est « {{s}} ». Merci de ne pas le diffuser.
                """),
        ("chat spanish", static (v, s) =>
            $"[9:15] Marta: ¿me pasas la clave del wifi de la oficina?\n[9:16] Javi: claro, la red es OFICINA_5G y la contraseña es {s}\n[9:16] Marta: gracias!!"
        ),
        ("mail portuguese", static (v, s) => $$"""
                Olá Rafael,

                Segue o acesso ao painel do cliente:

                - URL: https://painel.example.com.br
                - Usuário: rafael.souza
                - Senha: {{s}}

                Qualquer dúvida me avise.
                Abs, Camila
                """),
        ("chat japanese", static (v, s) =>
            $"田中: 検証環境のログイン情報を共有します。\nURL: https://stg.example.jp/admin\nユーザー名: admin\nパスワード：{s}\n佐藤: ありがとうございます！"
        ),
        ("message chinese", static (v, s) =>
            $"数据库迁移完了，新的连接信息如下：主机 10.8.0.5，端口 3306，用户名 app_user，密码：{s}，请尽快更新配置。"
        ),
        ("mail dutch", static (v, s) => $$"""
                Hoi Sanne,

                Ik heb een nieuwe API-sleutel voor de koppeling met Exact aangemaakt: {{s}}
                De oude sleutel werkt nog tot vrijdag.

                Groet,
                Bram
                """),
        ("ticket polish", static (v, s) =>
            $"Zgłoszenie #8841: konto testowe zostało utworzone. Login: tester01, hasło: {s} (ważne 14 dni). Proszę o potwierdzenie."
        ),
        ("chat russian", static (v, s) =>
            $"Олег: доступ к серверу 192.0.2.77, логин root, пароль {s}, порт 2222. Только не перезагружай без меня."
        ),
        ("jira table of logins", static (v, s) => $$"""
                h3. Test access

                ||Environment||User||Password||Notes||
                |QA|qa_robot|{{s}}|reset monthly|

                Steps to reproduce:
                # Log in as above
                # Open Reports > Export
                """),
        // Wrapped: one encoding or one nesting.
        ("basic header encoded", static (v, s) => $$"""
                GET /artifactory/api/storage/libs-release HTTP/1.1
                Host: repo.example.com
                Authorization: Basic {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("deployer:" + s))}}
                Accept: */*
                """),
        ("kubernetes secret data", static (v, s) => $$"""
                apiVersion: v1
                data:
                  password: {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}}
                  username: {{Convert.ToBase64String("grafana"u8.ToArray())}}
                kind: Secret
                metadata:
                  creationTimestamp: "2025-01-20T12:00:00Z"
                  name: grafana-db
                  namespace: monitoring
                  uid: {{v.Uuid()}}
                type: Opaque
                """),
        ("docker config auth", static (v, s) => $$"""
                {
                	"auths": {
                		"https://index.docker.io/v1/": {
                			"auth": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("acmebuild:" + s))}}"
                		}
                	}
                }
                """),
        ("secrets manager string", static (v, s) => $$"""
                {
                    "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
                    "Name": "prod/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": "{\"username\":\"app\",\"password\":\"{{s}}\",\"engine\":\"postgres\",\"host\":\"db.example.com\",\"port\":5432}",
                    "VersionStages": ["AWSCURRENT"]
                }
                """),
        ("tool result text", static (v, s) => $$$$$"""
                {"jsonrpc":"2.0","id":14,"result":{"content":[{"type":"text","text":"# config/prod.yml\nredis:\n  host: cache.example.com\n  port: 6380\n  password: \"{{{{{s}}}}}\"\nlog:\n  level: warn\n"}],"isError":false}}
                """),
        ("percent encoded url password", static (v, s) =>
            $"CELERY_BROKER_URL=amqp://celery:{Uri.EscapeDataString(s)}@rabbit.example.com:5672/jobs"
        ),
        ("cloud init file encoded", static (v, s) =>
            $$"""
                #cloud-config
                packages:
                  - nginx
                write_files:
                  - path: /etc/app/app.env
                    owner: root:root
                    permissions: '0600'
                    encoding: b64
                    content: {{Convert.ToBase64String(
                    System.Text.Encoding.UTF8.GetBytes("APP_ENV=prod\nADMIN_PASSWORD=" + s + "\nPORT=8080\n")
                )}}
                runcmd:
                  - systemctl restart app
                """
        ),
        ("last applied annotation", static (v, s) => $$$$$"""
                metadata:
                  annotations:
                    kubectl.kubernetes.io/last-applied-configuration: |
                      {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"app"},"data":{"config.json":"{\"listen\":\":8080\",\"ldap\":{\"bindDn\":\"cn=app,dc=example,dc=com\",\"bindPassword\":\"{{{{{s}}}}}\"}}"}}
                  name: app
                  namespace: default
                """),
    ];
}
