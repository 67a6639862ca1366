namespace Kilometers.RedactionBench.Corpus;

/// <summary>What tools see every day. It was written without a look at the rules; rules were made from what leaked.</summary>
internal static class Everyday
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Settings and environment dumps (40)
        ("quoted export", static (v, s) => $"export STRIPE_API_KEY=\"{s}\""),
        ("dotenv database block", static (v, s) => $$"""
                # Database
                DB_HOST=db-{{v.Of(Values.Lower, 4)}}.internal
                DB_PORT=5432
                DB_NAME=orders
                DB_USER=orders_rw
                DB_PASS={{s}}
                DB_POOL_SIZE=20
                """),
        ("dotenv single quotes with comment", static (v, s) => $$"""
                NODE_ENV=production
                PORT=8080
                JWT_SIGNING_SECRET='{{s}}' # rotate every 90 days
                LOG_LEVEL=info
                """),
        ("printenv sorted dump", static (v, s) => $$"""
                HOME=/home/node
                HOSTNAME={{v.Hex(12)}}
                LANG=C.UTF-8
                NODE_VERSION=20.11.1
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                PWD=/app
                SENDGRID_API_KEY={{s}}
                SHLVL=1
                TERM=xterm
                YARN_VERSION=1.22.19
                """),
        ("docker inspect env array", static (v, s) => $$"""
                [
                    {
                        "Id": "{{v.Hex(64)}}",
                        "Config": {
                            "Hostname": "{{v.Hex(12)}}",
                            "Env": [
                                "POSTGRES_DB=app",
                                "POSTGRES_USER=app",
                                "POSTGRES_PASSWORD={{s}}",
                                "PGDATA=/var/lib/postgresql/data",
                                "PATH=/usr/local/bin:/usr/bin:/bin"
                            ],
                            "Image": "postgres:16"
                        }
                    }
                ]
                """),
        ("compose environment list", static (v, s) => $$"""
                services:
                  db:
                    image: mysql:8.0
                    restart: always
                    environment:
                      - MYSQL_DATABASE=shop
                      - MYSQL_USER=shop
                      - MYSQL_ROOT_PASSWORD={{s}}
                    ports:
                      - "3306:3306"
                """),
        ("compose environment map", static (v, s) => $$"""
                version: "3.8"
                services:
                  minio:
                    image: minio/minio:latest
                    command: server /data --console-address ":9001"
                    environment:
                      MINIO_ROOT_USER: minioadmin
                      MINIO_ROOT_PASSWORD: "{{s}}"
                    volumes:
                      - minio-data:/data
                """),
        ("kubernetes env name value", static (v, s) => $$"""
                spec:
                  containers:
                    - name: api
                      image: registry.example.com/api:{{v.Hex(7)}}
                      env:
                        - name: REDIS_HOST
                          value: redis-master
                        - name: REDIS_PASSWORD
                          value: {{s}}
                        - name: GIN_MODE
                          value: release
                """),
        ("ecs task definition environment", static (v, s) => $$"""
                {
                  "family": "billing",
                  "containerDefinitions": [
                    {
                      "name": "billing",
                      "image": "{{v.Of(Values.Digits, 12)}}.dkr.ecr.eu-west-1.amazonaws.com/billing:latest",
                      "environment": [
                        { "name": "SPRING_PROFILES_ACTIVE", "value": "prod" },
                        { "name": "PAYMENT_GATEWAY_SECRET", "value": "{{s}}" },
                        { "name": "SERVER_PORT", "value": "8080" }
                      ]
                    }
                  ]
                }
                """),
        ("azure app settings list", static (v, s) => $$"""
                [
                  {
                    "name": "WEBSITE_NODE_DEFAULT_VERSION",
                    "slotSetting": false,
                    "value": "~20"
                  },
                  {
                    "name": "SERVICEBUS_SHARED_ACCESS_KEY",
                    "slotSetting": false,
                    "value": "{{s}}"
                  }
                ]
                """),
        ("functions local settings", static (v, s) =>
            $$"""
                {
                  "IsEncrypted": false,
                  "Values": {
                    "FUNCTIONS_WORKER_RUNTIME": "dotnet-isolated",
                    "AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=stfunc{{v.Of(
                    Values.Lower,
                    5
                )}};AccountKey={{s}};EndpointSuffix=core.windows.net"
                  }
                }
                """
        ),
        ("heroku config listing", static (v, s) => $$"""
                === shop-{{v.Any("staging", "prod")}} Config Vars

                LANG:                 en_US.UTF-8
                MAILGUN_DOMAIN:       mg.example.com
                MAILGUN_SMTP_PASSWORD: {{s}}
                RACK_ENV:             production
                WEB_CONCURRENCY:      2
                """),
        ("powershell env table", static (v, s) => $$"""
                Name                           Value
                ----                           -----
                COMPUTERNAME                   DESKTOP-{{v.Of(Values.Upper, 7)}}
                NUMBER_OF_PROCESSORS           16
                OPENAI_API_KEY                 {{s}}
                OS                             Windows_NT
                ProgramData                    C:\ProgramData
                """),
        ("powershell env assignment", static (v, s) => $$"""
                $env:ARM_TENANT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_SECRET = "{{s}}"
                terraform plan -out tfplan
                """),
        ("cmd set lines", static (v, s) => $$"""
                @echo off
                set SNOWFLAKE_ACCOUNT=xy12345.eu-central-1
                set SNOWFLAKE_USER=LOADER
                set SNOWFLAKE_PASSWORD={{s}}
                python load.py
                """),
        ("fish universal variable", static (v, s) => $$"""
                set -gx EDITOR nvim
                set -gx GITLAB_TOKEN {{s}}
                set -gx GOPATH $HOME/go
                """),
        ("systemd unit environment", static (v, s) => $$"""
                [Unit]
                Description=Order importer
                After=network-online.target

                [Service]
                User=importer
                Environment="APP_ENV=production"
                Environment="ERP_API_PASSWORD={{s}}"
                ExecStart=/opt/importer/bin/importer --daemon
                Restart=on-failure
                """),
        ("vercel env pull", static (v, s) => $$"""
                # Created by Vercel CLI
                NEXT_PUBLIC_SITE_URL="https://www.example.com"
                NEXTAUTH_URL="https://www.example.com"
                NEXTAUTH_SECRET="{{s}}"
                VERCEL="1"
                VERCEL_ENV="development"
                """),
        ("node process env print", static (v, s) => $$"""
                {
                  SHELL: '/bin/zsh',
                  npm_config_user_agent: 'npm/10.2.4 node/v20.11.1 darwin arm64',
                  TWILIO_ACCOUNT_SID: 'AC{{v.Hex(32)}}',
                  TWILIO_AUTH_TOKEN: '{{s}}',
                  USER: 'maria',
                  PWD: '/Users/maria/src/notify'
                }
                """),
        ("python environ repr", static (v, s) =>
            $$"""environ({'SHELL': '/bin/bash', 'PWD': '/srv/app', 'DJANGO_SETTINGS_MODULE': 'core.settings.prod', 'DJANGO_SECRET_KEY': '{{s}}', 'HOME': '/root', 'LC_CTYPE': 'C.UTF-8'})"""
        ),
        ("mcp client server env", static (v, s) => $$"""
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
                      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/sam/Documents"]
                    }
                  }
                }
                """),
        ("mcp client server arg", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "figma": {
                      "command": "npx",
                      "args": [
                        "-y",
                        "figma-developer-mcp",
                        "--figma-api-key={{s}}",
                        "--stdio"
                      ]
                    }
                  }
                }
                """),
        ("vscode launch env", static (v, s) => $$"""
                {
                  "version": "0.2.0",
                  "configurations": [
                    {
                      "type": "debugpy",
                      "request": "launch",
                      "name": "Worker",
                      "program": "${workspaceFolder}/worker.py",
                      // local only
                      "env": { "PYTHONUNBUFFERED": "1", "CELERY_BROKER_PASSWORD": "{{s}}" },
                    },
                  ],
                }
                """),
        ("github workflow env", static (v, s) => $$"""
                name: deploy
                on:
                  push:
                    branches: [main]
                env:
                  REGION: us-east-1
                  CLOUDFLARE_API_TOKEN: {{s}}
                jobs:
                  deploy:
                    runs-on: ubuntu-latest
                    steps:
                      - uses: actions/checkout@v4
                      - run: npx wrangler deploy
                """),
        ("gitlab ci variables", static (v, s) => $$"""
                stages: [build, deploy]

                variables:
                  DOCKER_DRIVER: overlay2
                  REGISTRY_USER: ci-bot
                  REGISTRY_PASSWORD: '{{s}}'

                build:
                  stage: build
                  script:
                    - make image
                """),
        ("lambda function configuration", static (v, s) => $$"""
                {
                    "FunctionName": "resize-images",
                    "Runtime": "python3.12",
                    "CodeSha256": "{{v.Base64(32)}}",
                    "Timeout": 30,
                    "Environment": {
                        "Variables": {
                            "BUCKET": "img-prod",
                            "CLOUDINARY_API_SECRET": "{{s}}"
                        }
                    },
                    "RevisionId": "{{v.Uuid()}}"
                }
                """),
        ("laravel mail settings", static (v, s) => $$"""
                APP_NAME=Intranet
                APP_DEBUG=false

                MAIL_MAILER=smtp
                MAIL_HOST=smtp.office365.com
                MAIL_PORT=587
                MAIL_USERNAME=noreply@example.org
                MAIL_PASSWORD="{{s}}"
                MAIL_ENCRYPTION=tls
                MAIL_FROM_ADDRESS=noreply@example.org
                """),
        ("spring properties datasource", static (v, s) => $$"""
                spring.datasource.url=jdbc:postgresql://localhost:5432/crm
                spring.datasource.username=crm
                spring.datasource.password={{s}}
                spring.jpa.hibernate.ddl-auto=validate
                management.endpoints.web.exposure.include=health,info
                """),
        ("spring yaml oauth client", static (v, s) => $$"""
                spring:
                  security:
                    oauth2:
                      client:
                        registration:
                          keycloak:
                            client-id: portal
                            client-secret: {{s}}
                            scope: openid,profile,email
                            authorization-grant-type: authorization_code
                """),
        ("actuator env nested", static (v, s) => $$$$$$$"""
                {"activeProfiles":["prod"],"propertySources":[{"name":"server.ports","properties":{"local.server.port":{"value":8080}}},{"name":"systemEnvironment","properties":{"JAVA_HOME":{"value":"/opt/java/openjdk"},"LDAP_BIND_PASSWORD":{"value":"{{{{{{{s}}}}}}}","origin":"System Environment Property \"LDAP_BIND_PASSWORD\""}}}]}
                """),
        ("npmrc auth token", static (v, s) => $$"""
                registry=https://npm.example.com/
                @acme:registry=https://npm.pkg.github.com
                //npm.pkg.github.com/:_authToken={{s}}
                save-exact=true
                """),
        ("ruby env hash inspect", static (v, s) =>
            $$"""{"RAILS_ENV"=>"production", "RAILS_LOG_TO_STDOUT"=>"1", "SECRET_KEY_BASE"=>"{{s}}", "MALLOC_ARENA_MAX"=>"2", "LANG"=>"C.UTF-8"}"""
        ),
        ("phpinfo text", static (v, s) => $$"""
                Environment

                Variable => Value
                APACHE_RUN_USER => www-data
                MYSQL_HOST => mariadb
                MYSQL_PASSWORD => {{s}}
                PHP_INI_DIR => /usr/local/etc/php
                """),
        ("php var dump", static (v, s) => $$"""
                array(4) {
                  ["driver"]=>
                  string(5) "mysql"
                  ["username"]=>
                  string(8) "webshop1"
                  ["password"]=>
                  string({{s.Length}}) "{{s}}"
                  ["charset"]=>
                  string(7) "utf8mb4"
                }
                """),
        ("go struct print", static (v, s) =>
            $$"""config loaded: {Env:prod Listen::8443 DB:{Host:10.0.3.{{v.Any("7", "19")}} Port:5432 User:ledger Password:{{s}} SSLMode:require} Debug:false}"""
        ),
        ("java config to string", static (v, s) =>
            $$"""SmtpConfig(host=smtp.example.net, port=465, username=alerts, password={{s}}, ssl=true, timeout=PT10S)"""
        ),
        ("configmap data", static (v, s) => $$"""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: keycloak-env
                  namespace: iam
                  uid: {{v.Uuid()}}
                data:
                  KC_DB: postgres
                  KC_HOSTNAME: sso.example.com
                  KEYCLOAK_ADMIN: admin
                  KEYCLOAK_ADMIN_PASSWORD: {{s}}
                """),
        ("envrc mixed", static (v, s) => $$"""
                layout python3
                export FLASK_APP=wsgi:app
                export HF_TOKEN={{s}}
                PATH_add bin
                """),
        ("dotnet user secrets listing", static (v, s) => $$"""
                Authentication:Google:ClientId = {{v.Of(Values.Digits, 12)}}-{{v.Of(Values.Lower, 12)}}.apps.googleusercontent.com
                Authentication:Google:ClientSecret = {{s}}
                Kestrel:Endpoints:Http:Url = http://localhost:5080
                """),
        ("settings markdown table", static (v, s) => $$"""
                | Setting | Value |
                |---|---|
                | `SMTP_HOST` | `smtp.eu.mailgun.org` |
                | `SMTP_USER` | `postmaster@mg.example.com` |
                | `SMTP_PASSWORD` | `{{s}}` |
                | `SMTP_PORT` | `587` |
                """),
        // Files or parts of files (50)
        ("appsettings connection string", static (v, s) =>
            $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "ConnectionStrings": {
                    "Default": "Server=tcp:sql-{{v.Of(
                    Values.Lower,
                    4
                )}}.database.windows.net,1433;Initial Catalog=Sales;User ID=salesapp;Password={{s}};Encrypt=True;Connection Timeout=30;"
                  },
                  "AllowedHosts": "*"
                }
                """
        ),
        ("web config connection string", static (v, s) => $$"""
                <configuration>
                  <connectionStrings>
                    <add name="Main" connectionString="Data Source=SQL01;Initial Catalog=Hr;User Id=hr_app;Pwd={{s}}" providerName="System.Data.SqlClient" />
                  </connectionStrings>
                </configuration>
                """),
        ("web config app setting", static (v, s) => $$"""
                <appSettings>
                  <add key="SmtpServer" value="mail.example.com" />
                  <add key="RecaptchaSecretKey" value="{{s}}" />
                  <add key="PageSize" value="25" />
                </appSettings>
                """),
        ("tfvars", static (v, s) => $$"""
                region            = "eu-north-1"
                instance_type     = "t3.medium"
                db_admin_user     = "pgadmin"
                db_admin_password = "{{s}}"
                tags = {
                  team = "platform"
                }
                """),
        ("terraform db instance", static (v, s) => $$"""
                resource "aws_db_instance" "main" {
                  identifier          = "main-${var.env}"
                  engine              = "postgres"
                  instance_class      = "db.t4g.small"
                  username            = "root"
                  password            = "{{s}}" # TODO move to secrets manager
                  skip_final_snapshot = true
                }
                """),
        ("terraform state attribute", static (v, s) => $$"""
                {
                  "version": 4,
                  "serial": 41,
                  "lineage": "{{v.Uuid()}}",
                  "resources": [
                    {
                      "mode": "managed",
                      "type": "random_password",
                      "name": "grafana",
                      "instances": [
                        { "schema_version": 3, "attributes": { "id": "none", "length": {{s.Length}}, "result": "{{s}}", "special": true } }
                      ]
                    }
                  ]
                }
                """),
        ("cloudformation parameter default", static (v, s) => $$"""
                AWSTemplateFormatVersion: '2010-09-09'
                Parameters:
                  MasterUsername:
                    Type: String
                    Default: dbadmin
                  MasterUserPassword:
                    Type: String
                    NoEcho: true
                    Default: {{s}}
                Resources:
                  Cluster:
                    Type: AWS::RDS::DBCluster
                """),
        ("bicep parameter file", static (v, s) => $$"""
                {
                  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
                  "contentVersion": "1.0.0.0",
                  "parameters": {
                    "adminUsername": { "value": "azureuser" },
                    "adminPassword": { "value": "{{s}}" },
                    "vmSize": { "value": "Standard_B2s" }
                  }
                }
                """),
        ("ansible group vars", static (v, s) => $$"""
                ---
                ntp_server: pool.ntp.org
                mysql_root_password: "{{s}}"
                mysql_databases:
                  - name: wiki
                    encoding: utf8mb4
                """),
        ("ansible inventory", static (v, s) => $$"""
                [web]
                web01 ansible_host=192.168.10.{{v.Any("21", "34")}} ansible_user=deploy ansible_ssh_pass={{s}} ansible_port=22

                [web:vars]
                http_port=8080
                """),
        ("ansible user task", static (v, s) => $$$"""
                - name: create application user
                  community.postgresql.postgresql_user:
                    db: "{{ app_db }}"
                    name: app
                    password: {{{s}}}
                    role_attr_flags: NOSUPERUSER
                  become: true
                  become_user: postgres
                """),
        ("helm values nested auth", static (v, s) => $$"""
                replicaCount: 2
                postgresql:
                  enabled: true
                  auth:
                    username: gitea
                    database: gitea
                    postgresPassword: "{{s}}"
                  primary:
                    persistence:
                      size: 10Gi
                """),
        ("kubernetes secret string data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: slack-credentials
                type: Opaque
                stringData:
                  channel: "#ops-alerts"
                  bot-token: {{s}}
                """),
        ("kubeconfig user token", static (v, s) => $$"""
                apiVersion: v1
                kind: Config
                current-context: prod
                contexts:
                - name: prod
                  context: {cluster: prod, user: ci}
                users:
                - name: ci
                  user:
                    token: {{s}}
                """),
        ("aws credentials profiles", static (v, s) => $$"""
                [default]
                region = eu-central-1

                [staging]
                aws_access_key_id = AKIA{{v.Of(Values.Upper, 16)}}
                aws_secret_access_key = {{s}}
                output = json
                """),
        ("oauth client secret file", static (v, s) =>
            $$$$$$$"""
                {"installed":{"client_id":"{{{{{{{v.Of(
                    Values.Digits,
                    12
                )}}}}}}}-{{{{{{{v.Of(Values.Lower, 16)}}}}}}}.apps.googleusercontent.com","project_id":"calendar-sync-{{{{{{{v.Of(Values.Digits, 6)}}}}}}}","auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token","client_secret":"{{{{{{{s}}}}}}}","redirect_uris":["http://localhost"]}}
                """
        ),
        ("netrc several machines", static (v, s) => $$"""
                machine api.example.com
                  login robot
                  password {{s}}

                machine ftp.example.com login anonymous
                """),
        ("pgpass line", static (v, s) => $$"""
                # ~/.pgpass  hostname:port:database:username:password
                db.example.com:5432:warehouse:etl:{{s}}
                """),
        ("my cnf client", static (v, s) => $$"""
                [client]
                user     = backup
                password = "{{s}}"
                host     = 127.0.0.1

                [mysqldump]
                single-transaction
                """),
        ("git remote with token", static (v, s) => $$"""
                [core]
                	repositoryformatversion = 0
                	bare = false
                [remote "origin"]
                	url = https://oauth2:{{s}}@gitlab.example.com/platform/infra.git
                	fetch = +refs/heads/*:refs/remotes/origin/*
                [branch "main"]
                	remote = origin
                """),
        ("maven settings server", static (v, s) => $$"""
                <settings>
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployer</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """),
        ("gradle properties signing", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx4g
                android.useAndroidX=true
                RELEASE_STORE_FILE=../keystore/release.jks
                RELEASE_KEY_ALIAS=upload
                RELEASE_KEY_PASSWORD={{s}}
                """),
        ("nuget config clear text", static (v, s) => $$"""
                <packageSourceCredentials>
                  <AcmeFeed>
                    <add key="Username" value="build" />
                    <add key="ClearTextPassword" value="{{s}}" />
                  </AcmeFeed>
                </packageSourceCredentials>
                """),
        ("composer auth", static (v, s) => $$"""
                {
                    "http-basic": {
                        "repo.magento.com": {
                            "username": "{{v.Hex(32)}}",
                            "password": "{{s}}"
                        }
                    }
                }
                """),
        ("pypirc", static (v, s) => $$"""
                [distutils]
                index-servers =
                    pypi
                    internal

                [internal]
                repository: https://pypi.example.com/legacy/
                username: __token__
                password: {{s}}
                """),
        ("wp config define", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', 'wordpress' );
                define( 'DB_USER', 'wp' );
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                $table_prefix = 'wp_';
                """),
        ("django databases", static (v, s) => $$"""
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "NAME": "clinic",
                        "USER": "clinic",
                        "PASSWORD": "{{s}}",
                        "HOST": "127.0.0.1",
                        "CONN_MAX_AGE": 60,
                    }
                }
                """),
        ("python source basic auth tuple", static (v, s) => $$"""
                import requests

                def fetch_issues(project):
                    r = requests.get(
                        f"https://acme.atlassian.net/rest/api/3/search?jql=project={project}",
                        auth=("bot@acme.io", "{{s}}"),
                        timeout=10,
                    )
                    r.raise_for_status()
                    return r.json()["issues"]
                """),
        ("javascript source mail transport", static (v, s) => $$"""
                const nodemailer = require('nodemailer');

                const transporter = nodemailer.createTransport({
                  host: 'smtp.gmail.com',
                  port: 465,
                  secure: true,
                  auth: { user: 'shop@example.com', pass: '{{s}}' },
                });

                module.exports = transporter;
                """),
        ("typescript source client", static (v, s) => $$"""
                import Anthropic from "@anthropic-ai/sdk";

                // FIXME: read from env
                export const client = new Anthropic({
                  apiKey: "{{s}}",
                  maxRetries: 3,
                });
                """),
        ("go source constants", static (v, s) => $$"""
                package storage

                const (
                	endpoint        = "s3.eu-west-2.wasabisys.com"
                	accessKeyID     = "{{v.Of(Values.Upper, 20)}}"
                	secretAccessKey = "{{s}}"
                	useSSL          = true
                )
                """),
        ("java source driver manager", static (v, s) => $$"""
                public class Db {
                    private static final String URL = "jdbc:oracle:thin:@//ora1.example.com:1521/ORCLPDB1";

                    public static Connection open() throws SQLException {
                        return DriverManager.getConnection(URL, "report", "{{s}}");
                    }
                }
                """),
        ("csharp source credential", static (v, s) => $$"""
                using var client = new SftpClient("sftp.example.com", 22, "upload", "{{s}}");
                client.Connect();
                foreach (var file in Directory.EnumerateFiles(outbox))
                    client.UploadFile(File.OpenRead(file), "/in/" + Path.GetFileName(file));
                """),
        ("ruby source bearer header", static (v, s) => $$"""
                require 'net/http'

                uri = URI('https://api.digitalocean.com/v2/droplets')
                req = Net::HTTP::Get.new(uri)
                req['Authorization'] = 'Bearer {{s}}'
                req['Content-Type'] = 'application/json'
                res = Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(req) }
                """),
        ("php source pdo", static (v, s) => $$"""
                <?php
                $dbUser = 'forum';
                $dbPass = '{{s}}';
                try {
                    $pdo = new PDO('mysql:host=localhost;dbname=forum;charset=utf8mb4', $dbUser, $dbPass);
                } catch (PDOException $e) {
                    die($e->getMessage());
                }
                """),
        ("rust source const", static (v, s) => $$"""
                use hmac::{Hmac, Mac};
                use sha2::Sha256;

                const WEBHOOK_SECRET: &str = "{{s}}";

                pub fn verify(body: &[u8], signature: &[u8]) -> bool {
                    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
                    mac.update(body);
                    mac.verify_slice(signature).is_ok()
                }
                """),
        ("kotlin source object", static (v, s) => $$"""
                object Secrets {
                    const val BASE_URL = "https://api.example.com/v1/"
                    const val MAPS_API_KEY: String = "{{s}}"
                    const val TIMEOUT_SECONDS = 30L
                }
                """),
        ("swift source static let", static (v, s) => $$"""
                enum Config {
                    static let environment = "release"
                    static let algoliaAppID = "{{v.Of(Values.Upper, 10)}}"
                    static let algoliaAdminKey = "{{s}}"
                }
                """),
        ("cpp arduino wifi", static (v, s) => $$"""
                #include <WiFi.h>

                const char* ssid = "Werkstatt";
                const char* password = "{{s}}";

                void setup() {
                  Serial.begin(115200);
                  WiFi.begin(ssid, password);
                }
                """),
        ("notebook code cell", static (v, s) => $$"""
                {
                 "cells": [
                  {
                   "cell_type": "code",
                   "execution_count": 3,
                   "metadata": {},
                   "outputs": [],
                   "source": [
                    "import os\n",
                    "os.environ['PINECONE_API_KEY'] = '{{s}}'\n",
                    "index_name = 'docs'\n"
                   ]
                  }
                 ],
                 "nbformat": 4,
                 "nbformat_minor": 5
                }
                """),
        ("postman request auth", static (v, s) => $$$"""
                {
                  "name": "List customers",
                  "request": {
                    "auth": {
                      "type": "basic",
                      "basic": [
                        { "key": "password", "value": "{{{s}}}", "type": "string" },
                        { "key": "username", "value": "apiuser", "type": "string" }
                      ]
                    },
                    "method": "GET",
                    "url": { "raw": "{{baseUrl}}/customers", "host": ["{{baseUrl}}"], "path": ["customers"] }
                  }
                }
                """),
        ("postman environment", static (v, s) => $$"""
                {
                  "id": "{{v.Uuid()}}",
                  "name": "Production",
                  "values": [
                    { "key": "baseUrl", "value": "https://api.example.com", "type": "default", "enabled": true },
                    { "key": "refresh_token", "value": "{{s}}", "type": "secret", "enabled": true }
                  ],
                  "_postman_variable_scope": "environment"
                }
                """),
        ("rest client http file", static (v, s) => $$$"""
                @host = https://localhost:7071

                ### Create order
                POST {{host}}/api/orders
                Content-Type: application/json
                X-Api-Key: {{{s}}}

                { "sku": "A-1001", "qty": 2 }
                """),
        ("har request header", static (v, s) => $$"""
                {
                  "request": {
                    "method": "GET",
                    "url": "https://app.example.com/api/me",
                    "headers": [
                      { "name": "accept", "value": "application/json" },
                      { "name": "cookie", "value": "theme=dark; session_id={{s}}; locale=en" },
                      { "name": "sec-fetch-mode", "value": "cors" }
                    ]
                  }
                }
                """),
        ("alertmanager smtp", static (v, s) => $$"""
                global:
                  smtp_smarthost: 'smtp.example.com:587'
                  smtp_from: 'alertmanager@example.com'
                  smtp_auth_username: 'alertmanager'
                  smtp_auth_password: '{{s}}'
                route:
                  receiver: ops
                """),
        ("redis conf", static (v, s) => $$"""
                bind 127.0.0.1 -::1
                protected-mode yes
                port 6379
                requirepass {{s}}
                maxmemory 256mb
                appendonly yes
                """),
        ("kafka jaas property", static (v, s) =>
            $$"""
                bootstrap.servers=pkc-{{v.Of(Values.Lower, 5)}}.eu-west-1.aws.confluent.cloud:9092
                security.protocol=SASL_SSL
                sasl.mechanism=PLAIN
                sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{{v.Of(
                    Values.Upper,
                    16
                )}}" password="{{s}}";
                """
        ),
        ("tomcat users", static (v, s) => $$"""
                <tomcat-users>
                  <role rolename="manager-gui"/>
                  <user username="tomcat" password="{{s}}" roles="manager-gui,manager-script"/>
                </tomcat-users>
                """),
        ("dbt profile", static (v, s) => $$"""
                analytics:
                  target: dev
                  outputs:
                    dev:
                      type: snowflake
                      account: ab{{v.Of(Values.Digits, 5)}}.eu-west-1
                      user: dbt_dev
                      password: {{s}}
                      role: TRANSFORMER
                      warehouse: WH_XS
                      threads: 4
                """),
        ("sql create user", static (v, s) => $$"""
                -- 003_roles.sql
                CREATE ROLE readonly NOLOGIN;
                CREATE USER metabase WITH LOGIN PASSWORD '{{s}}';
                GRANT readonly TO metabase;
                """),
        // Log lines and error messages (25)
        ("log failed login plain", static (v, s) =>
            $"2024-11-03 08:14:22,417 WARN  [http-nio-8080-exec-{v.Any("3", "7")}] c.a.auth.LoginController - login failed for user=jdoe password={s} ip=10.1.4.22"
        ),
        ("access log query token", static (v, s) =>
            $"203.0.113.9 - - [12/Mar/2025:10:02:51 +0000] \"GET /api/v2/export?format=csv&access_token={s} HTTP/1.1\" 200 51234 \"-\" \"python-requests/2.31.0\""
        ),
        ("json log with headers", static (v, s) =>
            $$"""
                {"level":"debug","ts":"2025-02-18T06:40:11.204Z","msg":"outgoing request","method":"POST","url":"https://api.mailchimp.com/3.0/lists","headers":{"Accept":"*/*","Authorization":"Bearer {{s}}","User-Agent":"crm-sync/1.4"},"trace_id":"{{v.Hex(
                    32
                )}}"}
                """
        ),
        ("logfmt line", static (v, s) =>
            $"time=2025-01-09T22:11:03Z level=error component=vault-sync msg=\"renew failed\" client_token={s} status=403 attempt=3"
        ),
        ("python traceback connection", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/worker.py", line 41, in <module>
                    engine = create_engine("mysql+pymysql://etl:{{s}}@10.20.0.5:3306/dwh")
                  File "/usr/lib/python3/dist-packages/sqlalchemy/engine/create.py", line 518, in create_engine
                    u = _url.make_url(url)
                sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string
                """),
        ("node error with axios config", static (v, s) => $$"""
                AxiosError: Request failed with status code 401
                    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {
                  code: 'ERR_BAD_REQUEST',
                  config: {
                    timeout: 5000,
                    headers: Object [AxiosHeaders] {
                      Accept: 'application/json, text/plain, */*',
                      'x-api-key': '{{s}}',
                      'User-Agent': 'axios/1.6.7'
                    },
                    method: 'get',
                    url: 'https://api.example.com/v1/usage'
                  }
                }
                """),
        ("invalid api key message", static (v, s) => $$$$$$$"""
                {"error":{"message":"Incorrect API key provided: {{{{{{{s}}}}}}}. You can find your API key in your account settings.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}
                """),
        ("mongo connect error", static (v, s) =>
            $"MongoParseError: URI malformed, cannot be parsed: mongodb+srv://appuser:{s}@cluster0.{v.Of(Values.Lower, 5)}.mongodb.net/shop?retryWrites=true&w=majority"
        ),
        ("java exception bean", static (v, s) => $$"""
                org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'mailSender'
                Caused by: java.lang.IllegalStateException: cannot authenticate with MailProperties{host='smtp.example.com', port=25, username='svc-mail', password='{{s}}'}
                	at com.acme.mail.MailConfig.sender(MailConfig.java:37)
                	... 22 more
                """),
        ("ci log set variable", static (v, s) => $$"""
                2025-03-02T14:22:10.1182034Z ##[group]Run ./deploy.sh
                2025-03-02T14:22:10.1183050Z shell: /usr/bin/bash -e {0}
                2025-03-02T14:22:10.1183361Z env:
                2025-03-02T14:22:10.1183604Z   DEPLOY_ENV: staging
                2025-03-02T14:22:10.1183871Z   FTP_PASSWORD: {{s}}
                2025-03-02T14:22:10.1184122Z ##[endgroup]
                """),
        ("bash xtrace log", static (v, s) => $$"""
                + set -o pipefail
                + BACKUP_DIR=/var/backups/pg
                + export PGPASSWORD={{s}}
                + pg_dump -h db1 -U backup -Fc app
                pg_dump: error: connection to server at "db1" failed: timeout expired
                """),
        ("rails parameters log", static (v, s) => $$"""
                Started POST "/users/sign_in" for 198.51.100.4 at 2025-04-01 09:12:44 +0200
                Processing by Devise::SessionsController#create as HTML
                  Parameters: {"utf8"=>"✓", "user"=>{"email"=>"ann@example.com", "password"=>"{{s}}", "remember_me"=>"0"}, "commit"=>"Log in"}
                Completed 401 Unauthorized in 211ms
                """),
        ("sql statement log", static (v, s) =>
            $"2025-02-27 11:05:39.882 UTC [{v.Of(Values.Digits, 5)}] postgres@app LOG:  statement: ALTER USER app_owner WITH ENCRYPTED PASSWORD '{s}';"
        ),
        ("jwt secret startup log", static (v, s) =>
            $"[Nest] 4{v.Of(Values.Digits, 3)}  - 05/14/2025, 3:21:09 PM   DEBUG [AuthModule] JwtModule registered with secret: \"{s}\", expiresIn: 3600"
        ),
        ("generated password startup", static (v, s) => $$"""
                2025-05-06T07:55:31.010Z  WARN 1 --- [main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only.
                """),
        ("jenkins initial password log", static (v, s) => $$"""
                *************************************************************
                Jenkins initial setup is required. An admin user has been created and a password generated.
                Please use the following password to proceed to installation:

                {{s}}

                This may also be found at: /var/jenkins_home/secrets/initialAdminPassword
                *************************************************************
                """),
        ("redis auth debug", static (v, s) => $"1715160221.442918 [0 172.18.0.{v.Any("4", "9")}:51324] \"AUTH\" \"default\" \"{s}\""),
        ("http wire trace", static (v, s) => $$"""
                DEBUG org.apache.http.wire - http-outgoing-0 >> "POST /oauth/token HTTP/1.1[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "Content-Type: application/x-www-form-urlencoded[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "grant_type=client_credentials&client_id=erp-bridge&client_secret={{s}}"
                """),
        ("token response logged", static (v, s) => $$"""
                INFO:oauth:token endpoint returned 200: {'access_token': '{{s}}', 'token_type': 'Bearer', 'expires_in': 3599, 'scope': 'read write'}
                """),
        ("dotnet login exception", static (v, s) => $$"""
                fail: Acme.Importer.Worker[0]
                      Could not open connection 'Host=pg.internal;Port=5432;Username=importer;Password={{s}};Database=stage'
                      Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.4.0.12:5432
                         at Npgsql.Internal.NpgsqlConnector.Connect(NpgsqlTimeout timeout)
                """),
        ("smtp session trace", static (v, s) => $$"""
                SMTP -> FROM SERVER: 250-smtp.example.com at your service
                SMTP -> SEND: LOGIN user=newsletter@example.com pass={{s}}
                SMTP -> FROM SERVER: 535 5.7.8 Username and Password not accepted
                """),
        ("git push failure", static (v, s) => $$"""
                remote: Invalid username or password.
                fatal: Authentication failed for 'https://x-access-token:{{s}}@github.com/acme/website.git/'
                """),
        ("set cookie response log", static (v, s) => $$"""
                < HTTP/1.1 302 Found
                < Location: /dashboard
                < Set-Cookie: PHPSESSID={{s}}; path=/; HttpOnly; SameSite=Lax
                < Content-Length: 0
                """),
        ("pytest assertion diff", static (v, s) => $$"""
                ________________________ test_settings_roundtrip ________________________
                E       AssertionError: assert Settings(api_url='https://sandbox.example.com', api_secret='{{s}}', retries=3) == None
                tests/test_settings.py:28: AssertionError
                """),
        ("android logcat token", static (v, s) =>
            $"05-21 17:40:03.{v.Of(Values.Digits, 3)}  8412  8440 D AuthRepository: saved session userId=4711 refreshToken={s} expiresAt=1747849203"
        ),
        // Shell commands and their output (15)
        ("curl user flag", static (v, s) => $"curl -sS -u 'admin:{s}' https://nexus.example.com/service/rest/v1/status"),
        ("curl bearer header", static (v, s) => $$"""
                curl https://api.openai.com/v1/models \
                  -H "Authorization: Bearer {{s}}" \
                  -H "OpenAI-Organization: org-{{v.Of(Values.AlphaNumeric, 12)}}"
                """),
        ("curl json login body", static (v, s) => $$$$$$$"""
                $ curl -X POST http://localhost:3000/api/login -H 'Content-Type: application/json' -d '{"email":"admin@example.com","password":"{{{{{{{s}}}}}}}"}'
                {"ok":true,"user":{"id":1,"role":"admin"}}
                """),
        ("mysql attached password", static (v, s) => $"mysql -h 127.0.0.1 -P 3307 -u root -p'{s}' shop -e 'SELECT COUNT(*) FROM orders'"),
        ("psql uri", static (v, s) => $$"""
                $ psql "postgresql://reporting:{{s}}@db.example.com:5432/dwh?sslmode=require" -c '\dt'
                           List of relations
                 Schema |   Name    | Type  |  Owner
                --------+-----------+-------+-----------
                 public | customers | table | reporting
                """),
        ("docker login", static (v, s) => $$"""
                $ docker login -u builder -p {{s}} registry.example.com
                WARNING! Using --password via the CLI is insecure. Use --password-stdin.
                Login Succeeded
                """),
        ("sshpass command", static (v, s) =>
            $"sshpass -p '{s}' ssh -o StrictHostKeyChecking=no root@10.0.8.{v.Any("14", "53")} 'systemctl restart nginx'"
        ),
        ("kubectl create secret literal", static (v, s) => $$"""
                kubectl -n shop create secret generic db-credentials \
                  --from-literal=username=shop \
                  --from-literal=password='{{s}}' \
                  --dry-run=client -o yaml
                """),
        ("docker run env flag", static (v, s) => $$"""
                docker run -d --name mssql -p 1433:1433 \
                  -e ACCEPT_EULA=Y -e "MSSQL_SA_PASSWORD={{s}}" \
                  mcr.microsoft.com/mssql/server:2022-latest
                """),
        ("az service principal output", static (v, s) => $$"""
                $ az ad sp create-for-rbac --name ci-deploy --role contributor
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "ci-deploy",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """),
        ("aws create access key output", static (v, s) => $$"""
                $ aws iam create-access-key --user-name ci --output table
                -------------------------------------------------------------------
                |                         CreateAccessKey                         |
                +-----------------------------------------------------------------+
                ||                           AccessKey                           ||
                |+------------------+--------------------------------------------+|
                ||  AccessKeyId     |  AKIA{{v.Of(Values.Upper, 16)}}  ||
                ||  SecretAccessKey |  {{s}}  ||
                ||  Status          |  Active  ||
                |+------------------+--------------------------------------------+|
                """),
        ("vault kv get output", static (v, s) => $$"""
                $ vault kv get secret/payments
                ====== Metadata ======
                Key              Value
                ---              -----
                created_time     2025-01-17T12:40:08.114233Z
                version          4

                ====== Data ======
                Key         Value
                ---         -----
                merchant    acme-eu
                password    {{s}}
                """),
        ("ps listing argument", static (v, s) => $$"""
                $ ps aux | grep exporter
                nobody    2214  0.1  0.3 724512 14220 ?  Ssl  Mar11  4:02 /bin/elasticsearch_exporter --es.uri=http://es:9200 --es.username=monitor --es.password={{s}} --es.all
                sam       9031  0.0  0.0   6432   720 pts/0 S+ 10:14 0:00 grep exporter
                """),
        ("powershell secure string", static (v, s) => $$"""
                $pw = ConvertTo-SecureString "{{s}}" -AsPlainText -Force
                $cred = New-Object System.Management.Automation.PSCredential("CONTOSO\svc-backup", $pw)
                Invoke-Command -ComputerName FS01 -Credential $cred -ScriptBlock { Get-Volume }
                """),
        ("shell history lines", static (v, s) => $$"""
                  512  cd ~/src/infra
                  513  git pull --rebase
                  514  export VAULT_TOKEN={{s}}
                  515  vault status
                  516  terraform apply -auto-approve
                """),
        // Chat messages, tickets and mails (12)
        ("english chat password", static (v, s) =>
            $"hey, the staging box is up again. user is deploy and the password is {s} - please change it once you're in"
        ),
        ("english user prompt api key", static (v, s) => $$"""
                Can you help me write a script that lists all my Airtable bases? My API key is `{{s}}` and the workspace is called "Marketing". Please use Python and pagination.
                """),
        ("english welcome mail", static (v, s) => $$"""
                Subject: Your new account

                Hi Peter,

                your account for the customer portal has been created.

                Login: https://portal.example.com
                Username: peter.miller
                Temporary password: {{s}}

                You will be asked to choose a new one at first sign-in.

                IT Service Desk
                """),
        ("english ticket steps", static (v, s) => $$"""
                **OPS-{{v.Of(Values.Digits, 4)}}: Sync to partner SFTP fails since Monday**

                Steps to reproduce:
                1. Connect to sftp.partner.example (port 2222)
                2. Log in as `acme_in` with password `{{s}}`
                3. `put` any file larger than 10 MB

                Expected: upload completes. Actual: connection reset.
                """),
        ("german mail credentials", static (v, s) => $$"""
                Hallo Frau Weber,

                hier die Zugangsdaten für den Testserver:

                Benutzername: weber
                Kennwort: {{s}}

                Bitte ändern Sie das Kennwort nach der ersten Anmeldung.

                Viele Grüße
                Jonas
                """),
        ("german chat password", static (v, s) =>
            $"Kannst du kurz prüfen, ob der Import läuft? Das Passwort für den Datenbankbenutzer import lautet {s}"
        ),
        ("french mail password", static (v, s) => $$"""
                Bonjour,

                Comme convenu, voici vos accès à l'extranet :
                - Identifiant : c.martin
                - Mot de passe : {{s}}

                Cordialement,
                Le support
                """),
        ("spanish chat password", static (v, s) =>
            $"Buenas, ya creé el usuario \"ventas\" en el servidor. La contraseña es: {s}\nAvísame si no puedes entrar."
        ),
        ("italian ticket password", static (v, s) => $$"""
                Ticket #{{v.Of(Values.Digits, 5)}} - Accesso al gestionale

                Utente: magazzino2
                Password: {{s}}
                Nota: l'utente segnala che dopo il login la pagina resta bianca.
                """),
        ("portuguese chat senha", static (v, s) =>
            $"Oi pessoal, o wifi do escritório mudou. Rede: Acme-Office, senha: {s} (não repassem para visitantes)"
        ),
        ("dutch mail wachtwoord", static (v, s) => $$"""
                Beste collega,

                De nieuwe omgeving staat klaar op https://acc.example.nl.
                Gebruikersnaam: tester01
                Wachtwoord: {{s}}

                Groet, Sanne
                """),
        ("japanese chat password", static (v, s) => $$"""
                お疲れ様です。検証環境のログイン情報を共有します。
                ユーザー名：kensho01
                パスワード：{{s}}
                よろしくお願いします。
                """),
        // Wrapped in one encoding or one nesting (8)
        ("kubernetes secret base64 data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: db
                  namespace: shop
                  resourceVersion: "{{v.Of(Values.Digits, 7)}}"
                type: Opaque
                data:
                  username: c2hvcA==
                  password: {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}}
                """),
        ("basic authorization header", static (v, s) => $$"""
                > GET /rest/api/2/myself HTTP/1.1
                > Host: jira.example.com
                > Authorization: Basic {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("svc-jira:" + s))}}
                > User-Agent: curl/8.5.0
                > Accept: */*
                """),
        ("docker config auth", static (v, s) => $$"""
                {
                	"auths": {
                		"ghcr.io": {
                			"auth": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("acme-bot:" + s))}}"
                		}
                	},
                	"currentContext": "default"
                }
                """),
        ("secrets manager secret string", static (v, s) => $$"""
                {
                    "ARN": "arn:aws:secretsmanager:eu-west-1:{{v.Of(Values.Digits, 12)}}:secret:prod/db-{{v.Of(Values.AlphaNumeric, 6)}}",
                    "Name": "prod/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": "{\"username\":\"master\",\"password\":\"{{s}}\",\"engine\":\"postgres\",\"host\":\"db.internal\",\"port\":5432}",
                    "VersionStages": ["AWSCURRENT"]
                }
                """),
        ("mcp tool result text", static (v, s) =>
            $$$$$$$"""
                {"jsonrpc":"2.0","id":{{{{{{{v.Of(Values.Digits, 2).TrimStart(
                    '0'
                )}}}}}}}1,"result":{"content":[{"type":"text","text":"{\n  \"name\": \"notifier\",\n  \"telegram\": {\n    \"chatId\": -1001234567,\n    \"botToken\": \"{{{{{{{s}}}}}}}\"\n  }\n}"}],"isError":false}}
                """
        ),
        ("percent encoded amqp url", static (v, s) =>
            $"CELERY_BROKER_URL=amqps://celery:{Uri.EscapeDataString(s)}@rabbit-{v.Of(Values.Lower, 3)}.example.com:5671/%2Fprod"
        ),
        ("form encoded login body", static (v, s) => $$"""
                POST /j_spring_security_check HTTP/1.1
                Host: legacy.example.com
                Content-Type: application/x-www-form-urlencoded

                j_username=operator&j_password={{Uri.EscapeDataString(s)}}&remember-me=on
                """),
        ("repository file base64 content", static (v, s) =>
            $$"""
                {
                  "file_name": ".env.production",
                  "file_path": "deploy/.env.production",
                  "encoding": "base64",
                  "ref": "main",
                  "blob_id": "{{v.Hex(40)}}",
                  "content": "{{Convert.ToBase64String(
                    System.Text.Encoding.UTF8.GetBytes(
                        "APP_ENV=production\nADYEN_HMAC_KEY=\nADYEN_API_KEY=" + s + "\nTZ=Europe/Amsterdam\n"
                    )
                )}}"
                }
                """
        ),
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
        ("tomcat users", static (v, s) => $$"""
                <?xml version='1.0' encoding='utf-8'?>
                <tomcat-users>
                  <role rolename="manager-gui"/>
                  <role rolename="manager-script"/>
                  <user username="ops" password="{{s}}" roles="manager-gui,manager-script"/>
                </tomcat-users>
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
                #9 [build 4/7] RUN npm config set //npm.example.com/:_authToken={{s}} && npm ci
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
