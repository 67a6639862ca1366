using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// 200 forms as somebody who reviews leaked files, logs and chats meets them, in the proportion of an audit. The author had seen neither a rule nor another form.
/// </summary>
internal static class Blind3
{
    private const string Base32 = Values.Upper + "234567";
    private const string UpperDigits = Values.Upper + Values.Digits;
    private const string LowerDigits = Values.Lower + Values.Digits;
    private const string Base64Digits = Values.AlphaNumeric + "+/";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Relaxed);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Base64Url(string text) => Base64(text).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Pem(Values v, string label, string start, int lines, int width = 64)
    {
        var text = new StringBuilder($"-----BEGIN {label}-----\n")
            .Append(start)
            .Append(v.Of(Base64Digits, width - start.Length))
            .Append('\n');
        for (var i = 2; i < lines; i++)
            text.Append(v.Of(Base64Digits, width)).Append('\n');
        return text.Append(v.Of(Base64Digits, 42)).Append("==\n").Append($"-----END {label}-----").ToString();
    }

    public static readonly (string Form, Func<Values, string, string> Make)[] Settings =
    [
        (".env of Laravel, database", static (v, s) => $$"""
                APP_NAME=Portal
                APP_ENV=production
                APP_DEBUG=false
                APP_URL=https://portal.harborline.example

                DB_CONNECTION=mysql
                DB_HOST=10.20.4.{{v.Of("123456789", 2)}}
                DB_PORT=3306
                DB_DATABASE=portal
                DB_USERNAME=portal_rw
                DB_PASSWORD={{s}}
                """),
        (".env of Symfony, APP_SECRET", static (v, s) => $$"""
                ###> symfony/framework-bundle ###
                APP_ENV=prod
                APP_SECRET={{s}}
                ###< symfony/framework-bundle ###
                MESSENGER_TRANSPORT_DSN=doctrine://default?auto_setup=0
                """),
        ("export PGPASSWORD, single quotes", static (v, s) => $$"""
                export PGHOST=db-{{v.Of(Values.Digits, 2)}}.internal
                export PGUSER=reporting
                export PGPASSWORD='{{s}}'
                pg_dump -Fc warehouse > /var/backups/warehouse.dump
                """),
        ("Dockerfile ENV, SQL Server", static (v, s) => $$"""
                FROM mcr.microsoft.com/mssql/server:2022-latest
                ENV ACCEPT_EULA=Y
                ENV MSSQL_PID=Developer
                ENV MSSQL_SA_PASSWORD={{s}}
                EXPOSE 1433
                """),
        ("compose, environment as list", static (v, s) => $$"""
                services:
                  mariadb:
                    image: mariadb:11.4
                    restart: unless-stopped
                    environment:
                      - MARIADB_DATABASE=shop
                      - MARIADB_ROOT_PASSWORD={{s}}
                    volumes:
                      - db:/var/lib/mysql
                """),
        ("compose, environment as map", static (v, s) => $$"""
                services:
                  db:
                    image: postgres:16-alpine
                    environment:
                      POSTGRES_USER: keycloak
                      POSTGRES_DB: keycloak
                      POSTGRES_PASSWORD: "{{s}}"
                """),
        ("systemd unit, Environment", static (v, s) => $$"""
                [Service]
                User=billing
                WorkingDirectory=/opt/billing
                Environment="ASPNETCORE_URLS=http://127.0.0.1:5080"
                Environment="BILLING_API_KEY={{s}}"
                ExecStart=/opt/billing/Billing.Api
                Restart=on-failure
                """),
        ("/etc/default of Grafana", static (v, s) => $$"""
                GRAFANA_USER=grafana
                GRAFANA_GROUP=grafana
                LOG_DIR=/var/log/grafana
                GF_SECURITY_ADMIN_USER=admin
                GF_SECURITY_ADMIN_PASSWORD={{s}}
                """),
        (".gitlab-ci.yml variables", static (v, s) => $$"""
                variables:
                  DOCKER_DRIVER: overlay2
                  SONAR_HOST_URL: "https://sonar.corp.example"
                  SONAR_TOKEN: "{{s}}"
                stages:
                  - build
                  - scan
                """),
        ("Azure Pipelines logging command", static (v, s) =>
            $$"""Write-Host "##vso[task.setvariable variable=SqlAdminPassword;issecret=true]{{s}}" """.TrimEnd()
        ),
        ("GITHUB_ENV in a step", static (v, s) => $$"""
                - name: Prepare deploy
                  run: |
                    echo "DEPLOY_HOST=web{{v.Of(Values.Digits, 2)}}.example.net" >> $GITHUB_ENV
                    echo "DEPLOY_TOKEN={{s}}" >> $GITHUB_ENV
                """),
        ("Spring application.properties", static (v, s) => $$"""
                server.port=8443
                spring.datasource.url=jdbc:oracle:thin:@//ora-prod:1521/ERP
                spring.datasource.username=erp_app
                spring.datasource.password={{s}}
                spring.jpa.hibernate.ddl-auto=validate
                """),
        ("Spring keystore password", static (v, s) => $$"""
                server.ssl.enabled=true
                server.ssl.key-store=classpath:keystore.p12
                server.ssl.key-store-type=PKCS12
                server.ssl.key-store-password={{s}}
                server.ssl.key-alias=tomcat
                """),
        ("gradle.properties, upload key", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx4g
                android.useAndroidX=true
                MYAPP_UPLOAD_STORE_FILE=my-upload-key.keystore
                MYAPP_UPLOAD_KEY_ALIAS=my-key-alias
                MYAPP_UPLOAD_STORE_PASSWORD={{s}}
                """),
        ("key.properties of Flutter", static (v, s) => $$"""
                storeFile=/Users/ci/upload-keystore.jks
                keyAlias=upload
                keyPassword={{s}}
                """),
        ("fastlane .env, match", static (v, s) => $$"""
                FASTLANE_USER=ios-builds@pepperapps.example
                MATCH_GIT_URL=git@github.com:pepperapps/certificates.git
                MATCH_PASSWORD="{{s}}"
                """),
        ("PowerShell $env:", static (v, s) => $$"""
                $env:ARM_TENANT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_SECRET = "{{s}}"
                terraform plan -out main.tfplan
                """),
        ("PowerShell ConvertTo-SecureString", static (v, s) => $$"""
                $user = "CONTOSO\svc_backup"
                $pwd  = ConvertTo-SecureString '{{s}}' -AsPlainText -Force
                $cred = New-Object System.Management.Automation.PSCredential ($user, $pwd)
                """),
        ("setx of cmd", static (v, s) => $$"""
                setx AWS_DEFAULT_REGION eu-central-1
                setx AWS_SECRET_ACCESS_KEY {{s}}
                """),
        ("printenv in a pod", static (v, s) => $$"""
                HOSTNAME=orders-{{v.Hex(10)}}-{{v.Of(LowerDigits, 5)}}
                KUBERNETES_SERVICE_PORT=443
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                LANG=C.UTF-8
                ORDERS_DB_PASSWD={{s}}
                PWD=/app
                SHLVL=1
                """),
        ("ASP.NET connection string in the environment", static (v, s) =>
            $$"""ConnectionStrings__DefaultConnection=Server=tcp:sql{{v.Of(Values.Digits, 2)}}.database.windows.net,1433;Initial Catalog=Crm;User ID=crmapp;Password={{s}};Encrypt=True;"""
        ),
        ("ASP.NET JWT signing key", static (v, s) => $$"""
                ASPNETCORE_ENVIRONMENT=Staging
                Jwt__Issuer=https://id.meadow.example
                Jwt__Audience=meadow-api
                Jwt__SigningKey={{s}}
                """),
        ("dotnet user-secrets set", static (v, s) => $$"""dotnet user-secrets set "Smtp:Password" "{{s}}" --project src/Mailer"""),
        ("NextAuth .env.local", static (v, s) => $$"""
                NEXT_PUBLIC_SITE_URL=http://localhost:3000
                NEXTAUTH_URL=http://localhost:3000
                NEXTAUTH_SECRET={{s}}
                """),
        ("Django SECRET_KEY", static (v, s) => $$"""
                DJANGO_SETTINGS_MODULE=config.settings.production
                DJANGO_ALLOWED_HOSTS=www.granite.example
                DJANGO_SECRET_KEY='{{s}}'
                """),
        ("Rails secret key base, exported in one line", static (v, s) =>
            $$"""export RAILS_ENV=production SECRET_KEY_BASE={{s}} RAILS_SERVE_STATIC_FILES=1"""
        ),
        ("TF_VAR before a command", static (v, s) =>
            $$"""TF_VAR_region=westeurope TF_VAR_db_password='{{s}}' terraform apply -auto-approve"""
        ),
        ("fish set -gx", static (v, s) => $$"""
                set -gx WANDB_PROJECT churn-model
                set -gx WANDB_API_KEY {{s}}
                """),
        ("Airflow Fernet key", static (v, s) => $$"""
                AIRFLOW__CORE__EXECUTOR=CeleryExecutor
                AIRFLOW__CORE__LOAD_EXAMPLES=False
                AIRFLOW__CORE__FERNET_KEY={{s}}
                AIRFLOW_UID=50000
                """),
        ("%env of a notebook", static (v, s) => $$"""
                %env MLFLOW_TRACKING_URI=https://mlflow.ds.example
                %env MLFLOW_TRACKING_USERNAME=anna
                %env MLFLOW_TRACKING_PASSWORD={{s}}
                """),
        ("Makefile variable", static (v, s) => $$"""
                IMAGE       ?= registry.corp.example/web
                TAG         ?= {{v.Hex(7)}}
                ADMIN_TOKEN ?= {{s}}

                deploy:
                	./deploy.sh $(IMAGE):$(TAG)
                """),
        ("heroku config", static (v, s) => $$"""
                === velvet-api Config Vars

                LANG:           en_US.UTF-8
                NODE_ENV:       production
                SESSION_SECRET: {{s}}
                WEB_CONCURRENCY: 2
                """),
        ("flyctl secrets set", static (v, s) => $$"""fly secrets set TWILIO_AUTH_TOKEN={{s}} --app notify-prod --stage"""),
        ("WordPress Bedrock .env, salt", static (v, s) => $$"""
                WP_ENV='production'
                WP_HOME='https://saffron.example'
                WP_SITEURL="${WP_HOME}/wp"
                SECURE_AUTH_KEY='{{s}}'
                """),
        ("lower-case .env with spaces around the sign", static (v, s) => $$"""
                smtp_host = mail.thunder.example
                smtp_port = 587
                smtp_user = noreply@thunder.example
                smtp_pass = {{s}}
                """),
        ("restic in a backup script", static (v, s) => $$"""
                #!/bin/sh
                export RESTIC_REPOSITORY=sftp:backup@nas01:/srv/restic
                export RESTIC_PASSWORD={{s}}
                restic backup /etc /home --exclude-caches
                """),
        ("n8n encryption key, docker run -e", static (v, s) =>
            $$"""docker run -d --name n8n -p 5678:5678 -e GENERIC_TIMEZONE=Europe/Berlin -e N8N_ENCRYPTION_KEY={{s}} -v n8n_data:/home/node/.n8n docker.n8n.io/n8nio/n8n"""
        ),
        ("Traefik DNS challenge", static (v, s) => $$"""
                # used by the acme resolver
                TRAEFIK_DOMAIN=apps.copper.example
                CF_DNS_API_TOKEN={{s}}
                """),
        (".envrc of direnv", static (v, s) => $$"""
                use nix
                PATH_add bin
                export VAULT_ADDR=https://vault.svc.example:8200
                export VAULT_TOKEN="{{s}}"
                """),
        ("set listing of Windows", static (v, s) => $$"""
                ComSpec=C:\WINDOWS\system32\cmd.exe
                NUMBER_OF_PROCESSORS=8
                OCTOPUS_API_KEY={{s}}
                OS=Windows_NT
                USERDOMAIN=FABRIKAM
                USERNAME=build.agent
                """),
        ("xcconfig of an app", static (v, s) => $$"""
                // Release.xcconfig
                PRODUCT_BUNDLE_IDENTIFIER = com.falcon.courier
                API_BASE_HOST = api.falcon.example
                OAUTH_CLIENT_SECRET = {{s}}
                """),
        ("LDAP bind password of a web app", static (v, s) => $$"""
                LDAP_SERVER=ldaps://dc01.corp.local:636
                LDAP_BASE_DN=OU=Staff,DC=corp,DC=local
                LDAP_BIND_DN=CN=svc-wiki,OU=Service,DC=corp,DC=local
                LDAP_BIND_PASSWORD="{{s}}"   # rotates every March
                """),
    ];

    public static readonly (string Form, Func<Values, string, string> Make)[] Files =
    [
        (".npmrc of a private registry", static (v, s) => $$"""
                @acme:registry=https://npm.acme.example/
                //npm.acme.example/:_authToken={{s}}
                always-auth=true
                """),
        (".netrc", static (v, s) => $$"""
                machine artifacts.corp.example
                  login jenkins
                  password {{s}}
                """),
        (".pypirc of a private index", static (v, s) => $$"""
                [distutils]
                index-servers =
                    internal

                [internal]
                repository = https://nexus.corp.example/repository/pypi-hosted/
                username = publisher
                password = {{s}}
                """),
        ("Maven settings.xml", static (v, s) => $$"""
                <settings>
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployment</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """),
        ("NuGet.Config", static (v, s) => $$"""
                <?xml version="1.0" encoding="utf-8"?>
                <configuration>
                  <packageSources>
                    <add key="Internal" value="https://feed.corp.example/team" />
                  </packageSources>
                  <packageSourceCredentials>
                    <Internal>
                      <add key="Username" value="build" />
                      <add key="ClearTextPassword" value="{{s}}" />
                    </Internal>
                  </packageSourceCredentials>
                </configuration>
                """),
        ("web.config connection string", static (v, s) =>
            $$"""
                <connectionStrings>
                  <add name="IntranetDb"
                       connectionString="Data Source=SQL0{{v.Of(
                    Values.Digits,
                    1
                )}}\PROD;Initial Catalog=Intranet;User Id=intranet_web;Pwd={{s}};MultipleActiveResultSets=True"
                       providerName="System.Data.SqlClient" />
                </connectionStrings>
                """
        ),
        ("web.config appSettings", static (v, s) => $$"""
                <appSettings>
                  <add key="webpages:Version" value="3.0.0.0" />
                  <add key="ida:Tenant" value="contoso.onmicrosoft.com" />
                  <add key="ida:ClientId" value="{{v.Uuid()}}" />
                  <add key="ida:ClientSecret" value="{{s}}" />
                </appSettings>
                """),
        ("IIS application pool identity", static (v, s) => $$"""
                <add name="IntranetPool" autoStart="true" managedRuntimeVersion="v4.0">
                  <processModel identityType="SpecificUser" userName="CORP\svc_iis" password="{{s}}" />
                  <recycling logEventOnRecycle="Time, Memory" />
                </add>
                """),
        ("wp-config.php", static (v, s) => $$"""
                /** The name of the database for WordPress */
                define( 'DB_NAME', 'wp_blog' );
                define( 'DB_USER', 'wp_blog' );
                /** Database password */
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                define( 'DB_CHARSET', 'utf8mb4' );
                """),
        ("WordPress options dump", static (v, s) => $$"""
                INSERT INTO `wp_options` (`option_id`, `option_name`, `option_value`, `autoload`) VALUES
                (1, 'siteurl', 'https://meadow.example', 'yes'),
                (16, 'mailserver_login', 'blog@meadow.example', 'yes'),
                (17, 'mailserver_pass', '{{s}}', 'yes'),
                (18, 'mailserver_port', '110', 'yes');
                """),
        ("PHP PDO", static (v, s) => $$"""
                <?php
                $dsn = 'mysql:host=10.0.0.{{v.Of("123456789", 2)}};dbname=inventory;charset=utf8mb4';
                $pdo = new PDO($dsn, 'inventory', '{{s}}', [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
                """),
        ("Drupal settings.php", static (v, s) => $$"""
                $databases['default']['default'] = array (
                  'database' => 'drupal10',
                  'username' => 'drupal',
                  'password' => '{{s}}',
                  'prefix' => '',
                  'host' => 'db',
                  'port' => '3306',
                  'driver' => 'mysql',
                );
                """),
        ("Joomla configuration.php", static (v, s) => $$"""
                class JConfig {
                	public $offline = false;
                	public $sitename = 'Harbor Club';
                	public $dbtype = 'mysqli';
                	public $user = 'joomla';
                	public $password = '{{s}}';
                	public $db = 'joomla_db';
                	public $dbprefix = 'jos_';
                }
                """),
        ("PHPMailer", static (v, s) => $$"""
                $mail = new PHPMailer(true);
                $mail->isSMTP();
                $mail->Host       = 'smtp.office365.com';
                $mail->SMTPAuth   = true;
                $mail->Username   = 'info@walrus.example';
                $mail->Password   = '{{s}}';
                $mail->Port       = 587;
                """),
        ("composer auth.json", static (v, s) => $$"""
                {
                    "http-basic": {
                        "repo.magento.com": {
                            "username": "{{v.Hex(32)}}",
                            "password": "{{s}}"
                        }
                    }
                }
                """),
        ("appsettings.json", static (v, s) => $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "AllowedHosts": "*",
                  "PaymentGateway": {
                    "BaseUrl": "https://pay.granite.example/v2",
                    "MerchantId": "{{v.Of(Values.Digits, 8)}}",
                    "ApiSecret": "{{s}}"
                  }
                }
                """),
        ("C# NetworkCredential", static (v, s) => $$"""
                using var client = new SmtpClient("mail.corp.local", 25)
                {
                    EnableSsl = true,
                    Credentials = new NetworkCredential("alerts@corp.local", "{{s}}"),
                };
                await client.SendMailAsync(message);
                """),
        ("C# constant", static (v, s) => $$"""
                public sealed class GeoClient(HttpClient http)
                {
                    private const string BaseUrl = "https://geo.orbit.example/v1/";
                    private const string ApiKey = "{{s}}";
                    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
                }
                """),
        ("Kubernetes Secret, stringData", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: redis-auth
                  namespace: shop
                type: Opaque
                stringData:
                  redis-password: {{s}}
                """),
        ("Helm values.yaml", static (v, s) => $$"""
                postgresql:
                  enabled: true
                  image:
                    tag: 16.3.0-debian-12-r14
                  auth:
                    username: gitea
                    database: gitea
                    postgresPassword: "{{s}}"
                  primary:
                    persistence:
                      size: 20Gi
                """),
        ("Ansible inventory for WinRM", static (v, s) => $$"""
                [windows]
                app01.corp.local
                app02.corp.local

                [windows:vars]
                ansible_user=Administrator
                ansible_password={{s}}
                ansible_connection=winrm
                ansible_winrm_server_cert_validation=ignore
                """),
        ("Ansible task with templates around", static (v, s) => $$$"""
                - name: Create application user
                  community.mysql.mysql_user:
                    name: "{{ app_user }}"
                    host: "{{ app_host | default('%') }}"
                    password: "{{{s}}}"
                    priv: "app.*:ALL"
                    state: present
                """),
        ("GitHub workflow with a hard-coded secret", static (v, s) => $$$"""
                jobs:
                  deploy:
                    runs-on: ubuntu-latest
                    env:
                      NODE_VERSION: ${{ matrix.node }}
                      FTP_SERVER: ftp.lantern.example
                      FTP_PASSWORD: {{{s}}}
                    steps:
                      - uses: actions/checkout@v4
                """),
        ("Home Assistant secrets.yaml", static (v, s) => $$"""
                # Use this file to store secrets like usernames and passwords.
                home_latitude: 52.5{{v.Of(Values.Digits, 3)}}
                mqtt_username: homeassistant
                mqtt_password: {{s}}
                """),
        ("wpa_supplicant.conf", static (v, s) => $$"""
                ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev
                country=DE
                network={
                    ssid="Warehouse-2"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """),
        ("Windows WLAN profile export", static (v, s) => $$"""
                <security>
                  <authEncryption>
                    <authentication>WPA2PSK</authentication>
                    <encryption>AES</encryption>
                    <useOneX>false</useOneX>
                  </authEncryption>
                  <sharedKey>
                    <keyType>passPhrase</keyType>
                    <protected>false</protected>
                    <keyMaterial>{{s}}</keyMaterial>
                  </sharedKey>
                </security>
                """),
        ("netsh wlan show profile key=clear", static (v, s) => $$"""
                Security settings
                -----------------
                    Authentication         : WPA2-Personal
                    Cipher                 : CCMP
                    Security key           : Present
                    Key Content            : {{s}}

                Cost settings
                -------------
                    Cost                   : Unrestricted
                """),
        ("strongSwan ipsec.secrets", static (v, s) => $$"""
                # site-to-site, branch Graz
                203.0.113.{{v.Of("123456789", 2)}} 198.51.100.{{v.Of("123456789", 2)}} : PSK "{{s}}"
                """),
        ("Cisco IOS, TACACS key", static (v, s) => $$"""
                hostname core-sw-01
                !
                aaa new-model
                tacacs server ISE1
                 address ipv4 10.1.1.20
                 key 0 {{s}}
                !
                interface Vlan10
                 ip address 10.1.10.1 255.255.255.0
                """),
        ("FortiGate phase 1", static (v, s) => $$"""
                config vpn ipsec phase1-interface
                    edit "HQ-Branch"
                        set interface "wan1"
                        set ike-version 2
                        set proposal aes256-sha256
                        set remote-gw 198.51.100.{{v.Of("123456789", 2)}}
                        set psksecret {{s}}
                    next
                end
                """),
        ("FreeRADIUS clients.conf", static (v, s) => $$"""
                client ap-floor3 {
                    ipaddr = 10.30.0.0/24
                    secret = {{s}}
                    nas_type = other
                    require_message_authenticator = yes
                }
                """),
        ("Windows unattend.xml", static (v, s) => $$"""
                <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64">
                  <UserAccounts>
                    <AdministratorPassword>
                      <Value>{{s}}</Value>
                      <PlainText>true</PlainText>
                    </AdministratorPassword>
                  </UserAccounts>
                  <TimeZone>W. Europe Standard Time</TimeZone>
                </component>
                """),
        ("net use in a batch file", static (v, s) => $$"""
                @echo off
                net use Z: \\fs02\archive /user:CORP\svc_scan {{s}} /persistent:no
                robocopy C:\Scans Z:\Scans /MIR /R:2 /W:5
                net use Z: /delete
                """),
        ("sqlcmd in a script", static (v, s) =>
            $$"""sqlcmd -S tcp:sql-dwh.corp.local,1433 -d Staging -U etl_loader -P "{{s}}" -i C:\jobs\refresh.sql -o C:\jobs\refresh.log"""
        ),
        ("terraform.tfvars", static (v, s) => $$"""
                resource_group = "rg-data-weu"
                sql_server     = "sql-data-{{v.Of(LowerDigits, 4)}}"
                sql_admin_login    = "sqladmin"
                sql_admin_password = "{{s}}"
                tags = { owner = "platform" }
                """),
        ("terraform.tfstate attributes", static (v, s) => $$"""
                {
                  "mode": "managed",
                  "type": "random_password",
                  "name": "grafana",
                  "provider": "provider[\"terraform.example/hashicorp/random\"]",
                  "instances": [
                    { "schema_version": 3, "attributes": { "id": "none", "length": 24, "result": "{{s}}", "special": true } }
                  ]
                }
                """),
        ("kaggle.json", static (v, s) => $$"""{"username":"{{v.Word()}}{{v.Of(Values.Digits, 2)}}","key":"{{s}}"}"""),
        ("Jupyter notebook cell", static (v, s) => $$"""
                {
                 "cell_type": "code",
                 "execution_count": {{v.Of("123456789", 2)}},
                 "metadata": {},
                 "outputs": [],
                 "source": [
                  "import os, pandas as pd\n",
                  "os.environ[\"COHERE_API_KEY\"] = \"{{s}}\"\n",
                  "df = pd.read_parquet(\"reviews.parquet\")"
                 ]
                }
                """),
        ("Python psycopg2", static (v, s) => $$"""
                import psycopg2

                conn = psycopg2.connect(
                    host="dwh.corp.example", port=5432,
                    dbname="sales", user="analyst", password="{{s}}",
                )
                cur = conn.cursor()
                """),
        ("R dbConnect", static (v, s) => $$"""
                library(DBI)
                con <- dbConnect(odbc::odbc(), Driver = "ODBC Driver 18 for SQL Server",
                                 Server = "dwh01", Database = "Claims",
                                 UID = "r_reader", PWD = "{{s}}", Port = 1433)
                """),
        ("dbt profiles.yml", static (v, s) => $$"""
                analytics:
                  target: prod
                  outputs:
                    prod:
                      type: snowflake
                      account: ab{{v.Of(Values.Digits, 5)}}.eu-central-1
                      user: DBT_RUNNER
                      password: '{{s}}'
                      role: TRANSFORMER
                      warehouse: TRANSFORMING
                """),
        ("Streamlit secrets.toml", static (v, s) => $$"""
                [connections.crm]
                base_url = "https://crm.velvet.example/api"
                client_id = "dashboards"
                client_secret = "{{s}}"
                """),
        ("spark-submit with S3A keys", static (v, s) => $$"""
                spark-submit --master yarn --deploy-mode cluster \
                  --conf spark.executor.memory=8g \
                  --conf spark.hadoop.fs.s3a.endpoint=https://s3.ds.example \
                  --conf spark.hadoop.fs.s3a.secret.key={{s}} \
                  jobs/features.py
                """),
        ("build.gradle signing config", static (v, s) => $$"""
                signingConfigs {
                    release {
                        storeFile file('release.jks')
                        keyAlias 'release'
                        storePassword '{{s}}'
                        keyPassword System.getenv('KEY_PASSWORD')
                    }
                }
                """),
        ("Swift constants", static (v, s) => $$"""
                enum APIConfig {
                    static let baseURL = URL(string: "https://api.falcon.example/v3")!
                    static let timeout: TimeInterval = 15
                    static let hmacSecret = "{{s}}"
                }
                """),
        ("Kafka client.properties, JAAS", static (v, s) => $$"""
                bootstrap.servers=broker1:9093,broker2:9093
                security.protocol=SASL_SSL
                sasl.mechanism=SCRAM-SHA-512
                sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="orders" password="{{s}}";
                """),
        ("redis.conf", static (v, s) => $$"""
                bind 127.0.0.1 -::1
                port 6379
                maxmemory 512mb
                maxmemory-policy allkeys-lru
                requirepass {{s}}
                appendonly yes
                """),
        ("Postfix sasl_passwd", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd - run postmap after a change
                [smtp.ionos.de]:587    newsletter@maple.example:{{s}}
                """),
        ("curl -u", static (v, s) => $$"""
                #!/bin/bash
                set -euo pipefail
                curl -sS -u "admin:{{s}}" -X POST "https://jenkins.corp.example/job/nightly/build"
                echo "triggered"
                """),
        ("HTTP dump, Bearer request", static (v, s) => $$"""
                GET /v1/accounts/{{v.Of(Values.Digits, 6)}}/balance HTTP/1.1
                Host: api.bank.example
                User-Agent: okhttp/4.12.0
                Accept: application/json
                Authorization: Bearer {{s}}
                X-Request-Id: {{v.Uuid()}}
                """),
        ("SQL login", static (v, s) => $$"""
                USE [master]
                GO
                CREATE LOGIN [report_reader] WITH PASSWORD = N'{{s}}', DEFAULT_DATABASE = [Reports], CHECK_POLICY = ON
                GO
                USE [Reports]
                CREATE USER [report_reader] FOR LOGIN [report_reader]
                GO
                """),
        ("CSV of a browser's passwords", static (v, s) => $$"""
                name,url,username,password,note
                intranet.corp.example,https://intranet.corp.example/login,j.moser,{{s}},
                """),
    ];

    public static readonly (string Form, Func<Values, string, string> Make)[] Wrapped =
    [
        ("Kubernetes Secret, data in base64", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: mysql-credentials
                  resourceVersion: "{{v.Of("123456789", 7)}}"
                data:
                  username: {{Base64("shop")}}
                  password: {{Base64(s)}}
                """),
        ("docker config.json", static (v, s) => $$"""
                {
                	"auths": {
                		"registry.corp.example": {
                			"auth": "{{Base64("ci-push:" + s)}}"
                		}
                	}
                }
                """),
        ("Basic authorization", static (v, s) => $$"""
                PROPFIND /remote.php/dav/files/mia/ HTTP/1.1
                Host: cloud.harbor.example
                Depth: 1
                Authorization: Basic {{Base64("mia:" + s)}}
                """),
        ("base64 of a JSON configuration", static (v, s) =>
            "CONFIG_B64=" + Base64($$"""{"host":"db.internal","port":5432,"user":"app","password":"{{s}}"}""")
        ),
        ("base64 of a .env in a pipeline", static (v, s) => $$"""
                echo {{Base64($"APP_ENV=production\nAPP_PORT=8080\nSTRIPE_WEBHOOK_SECRET={s}\n")}} | base64 -d > .env
                docker compose up -d
                """),
        ("OAuth form body, URL-encoded", static (v, s) => $$"""
                POST /{{v.Uuid()}}/oauth2/v2.0/token HTTP/1.1
                Host: login.microsoftonline.com
                Content-Type: application/x-www-form-urlencoded

                grant_type=client_credentials&client_id={{v.Uuid()}}&client_secret={{Uri.EscapeDataString(s)}}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default
                """),
        ("query of a URL, URL-encoded", static (v, s) =>
            $$"""https://api.weather.example/v2/forecast?lat=48.2&lon=16.37&units=metric&api_key={{Uri.EscapeDataString(s)}}&lang=de"""
        ),
        ("password in a database URL, URL-encoded", static (v, s) => $$"""
                DEBUG=0
                DATABASE_URL=postgresql://django:{{Uri.EscapeDataString(s)}}@db.prod.internal:5432/django?sslmode=require
                """),
        ("JSON in a JSON string (AWS Secrets Manager)", static (v, s) => $$"""
                {
                    "Name": "prod/billing/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": {{Quoted($$"""{"username":"billing","password":"{{s}}","engine":"mysql","port":3306}""")}},
                    "VersionStages": ["AWSCURRENT"]
                }
                """),
        ("JSON in JSON in a JSON string", static (v, s) =>
            $$"""{"messageId":"{{v.Uuid()}}","body":{{Quoted($$"""{"type":"user.created","payload":{{Quoted($$"""{"login":"h.berger","password":"{{s}}"}""")}}}""")}}}"""
        ),
        ("three levels of JSON strings", static (v, s) =>
            $$"""
                {"level":"info","msg":{{Quoted(
                    $$"""{"event":"proxy","request":{{Quoted($$"""{"path":"/login","data":{{Quoted($$"""{"accessToken":"{{s}}"}""")}}}""")}}}"""
                )}}}
                """
        ),
        ("HTML entities in an attribute", static (v, s) =>
            $$"""<div id="app" data-page="{{WebUtility.HtmlEncode($$$"""{"component":"Settings/Mail","props":{"host":"smtp.maple.example","port":587,"password":"{{{s}}}"}}""")}}"></div>"""
        ),
        ("data URL of a settings file", static (v, s) =>
            $$"""{"filename":"db.properties","href":"data:text/plain;base64,{{Base64($"db.url=jdbc:mysql://db01/crm\ndb.user=crm\ndb.password={s}\n")}}"}"""
        ),
        ("System.Text.Json with \\u0022", static (v, s) =>
            $$"""{"Timestamp":"2025-03-0{{v.Of("123456789", 1)}}T08:14:22Z","RequestBody":{{JsonSerializer.Serialize($$"""{"email":"j.moser@corp.example","newPassword":"{{s}}"}""")}}}"""
        ),
        ("HAR headers, name and value", static (v, s) => $$"""
                "headers": [
                  { "name": "Accept", "value": "application/json" },
                  { "name": "X-Api-Key", "value": "{{s}}" },
                  { "name": "User-Agent", "value": "Mozilla/5.0 (X11; Linux x86_64)" }
                ]
                """),
        ("ECS task definition, environment", static (v, s) => $$"""
                "containerDefinitions": [{
                  "name": "worker",
                  "image": "{{v.Of(Values.Digits, 12)}}.dkr.ecr.eu-west-1.amazonaws.com/worker:1.9",
                  "environment": [
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "RABBITMQ_PASSWORD", "value": "{{s}}"}
                  ]
                }]
                """),
        ("arguments of an MCP server", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "mysql": {
                      "command": "npx",
                      "args": ["-y", "mysql-mcp-server", "--host", "10.0.4.2", "--user", "ro", "--password", "{{s}}"]
                    }
                  }
                }
                """),
        ("PowerShell -EncodedCommand", static (v, s) =>
            "powershell.exe -NoProfile -EncodedCommand " + Convert.ToBase64String(Encoding.Unicode.GetBytes($"net user svc_sql {s} /add"))
        ),
    ];

    public static readonly (string Form, Func<Values, string, string> Make)[] Logs =
    [
        ("PHP stack trace", static (v, s) =>
            $$"""
                PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/html/lib/Db.php:{{v.Of(
                    "123456789",
                    2
                )}}
                Stack trace:
                #0 /var/www/html/lib/Db.php(31): PDO->__construct('mysql:host=db;dbname=webshop', 'webshop', '{{s}}')
                #1 /var/www/html/index.php(8): Db::connect()
                #2 {main}
                """
        ),
        ("Rails parameters", static (v, s) => $$"""
                Started POST "/users/sign_in" for 10.8.0.{{v.Of("123456789", 2)}} at 2025-02-11 09:12:44 +0100
                Processing by SessionsController#create as HTML
                  Parameters: {"utf8"=>"✓", "user"=>{"email"=>"lena@orbit.example", "password"=>"{{s}}", "remember_me"=>"0"}, "commit"=>"Log in"}
                """),
        ("Jenkins console", static (v, s) => $$"""
                [Pipeline] sh
                + docker login -u deployer -p {{s}} registry.corp.example
                WARNING! Using --password via the CLI is insecure. Use --password-stdin.
                Login Succeeded
                """),
        ("MariaDB general log", static (v, s) =>
            $$"""250120  6:31:08	    {{v.Of("123456789", 2)}} Query	SET PASSWORD FOR 'magento'@'%' = PASSWORD('{{s}}')"""
        ),
        ("Serilog with a connection string", static (v, s) =>
            $$"""[08:15:02 ERR] Login failed for connection "Server=db3;Port=3306;Database=tickets;Uid=tickets;Password={{s}};SslMode=Preferred" after {{v.Of("123456789", 4)}} ms"""
        ),
        ("Spring's generated password", static (v, s) =>
            $$"""
                2025-04-02T10:22:17.{{v.Of(
                    Values.Digits,
                    3
                )}}+02:00  WARN 1 --- [           main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only.
                """
        ),
        ("logcat of OkHttp", static (v, s) => $$"""
                05-14 11:02:31.801  6981  7012 D OkHttp  : --> POST https://api.courier.example/v2/token/refresh
                05-14 11:02:31.802  6981  7012 D OkHttp  : Content-Type: application/json; charset=UTF-8
                05-14 11:02:31.803  6981  7012 D OkHttp  : {"device":"Pixel 7","build":{{v.Of("123456789", 4)}},"refresh_token":"{{s}}"}
                """),
        ("Windows event 4688", static (v, s) => $$"""
                A new process has been created.
                	Account Name:		m.huber
                	New Process ID:		0x{{v.Hex(4)}}
                	New Process Name:	C:\Windows\System32\cmdkey.exe
                	Process Command Line:	cmdkey /add:ts01.corp.local /user:CORP\m.huber /pass:{{s}}
                """),
        ("FTP session log", static (v, s) => $$"""
                [14233] 220 ProFTPD Server (Kundendaten) [192.0.2.{{v.Of("123456789", 2)}}]
                [14233] USER webmaster
                [14233] 331 Password required for webmaster
                [14233] PASS {{s}}
                [14233] 230 User webmaster logged in
                """),
        ("chat about the Wi-Fi of the office", static (v, s) => $$"""
                Tom Reyes  10:41 AM
                hey what was the wifi in the new office again?
                Priya  10:42 AM
                network is Granite-5G, password is {{s}}
                Tom Reyes  10:42 AM
                thx!
                """),
        ("mail to a new colleague", static (v, s) => $$"""
                Subject: Welcome on board

                Hi Jonas,
                your account is ready. Log in at https://portal.office.example with jonas.k@pepper.example.
                Your temporary password is: {{s}}
                You will be asked to change it at the first login.

                IT Service Desk
                """),
        ("German ticket", static (v, s) => $$"""
                Ticket #{{v.Of("123456789", 5)}} – VPN-Zugang Außendienst
                Der Benutzer vpn_ext04 wurde angelegt, das Passwort lautet {{s}} (bitte nicht weitergeben).
                Gateway: vpn.firma.example, Port 443
                """),
        ("runbook in a README", static (v, s) => $$"""
                ## Restarting the ETL box

                1. SSH to `etl01` as `ops`.
                2. When sudo asks, the password is `{{s}}`.
                3. `sudo systemctl restart airflow-scheduler` and watch the log for two minutes.
                """),
        ("elasticsearch-reset-password", static (v, s) => $$"""
                This tool will reset the password of the [elastic] user to an autogenerated value.
                Please confirm that you would like to continue [y/N]y

                Password for the [elastic] user successfully reset.
                New value: {{s}}
                """),
    ];

    public static readonly (string Form, Func<Values, string> Make)[] Tokens =
    [
        ("GitHub classic", static v => "gh" + "p_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub OAuth", static v => "gh" + "o_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub app installation", static v => "gh" + "s_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub refresh", static v => "gh" + "r_" + v.Of(Values.AlphaNumeric, 76)),
        ("GitHub fine-grained", static v => "github" + "_pat_" + v.Of(Values.AlphaNumeric, 22) + "_" + v.Of(Values.AlphaNumeric, 59)),
        ("GitLab personal", static v => "gl" + "pat-" + v.Of(Values.Url, 20)),
        ("GitLab runner", static v => "gl" + "rt-" + v.Of(Values.Url, 20)),
        ("GitLab deploy", static v => "gl" + "dt-" + v.Of(Values.Url, 20)),
        ("GitLab pipeline trigger", static v => "gl" + "ptt-" + v.Hex(40)),
        ("AWS access key", static v => "AK" + "IA" + v.Of(Base32, 16)),
        ("AWS session token", static v => "IQoJ" + "b3JpZ2luX2Vj" + v.Of(Base64Digits, 430) + "=="),
        ("Slack bot", static v => "xo" + "xb-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Of(Values.AlphaNumeric, 24)),
        ("Slack user", static v =>
            "xo" + "xp-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Hex(32)
        ),
        ("Slack app", static v => "xa" + "pp-1-A0" + v.Of(UpperDigits, 9) + "-" + v.Of("123456789", 13) + "-" + v.Hex(64)),
        ("Slack webhook", static v =>
            "https://hooks.slack"
            + ".com/services/T0"
            + v.Of(UpperDigits, 9)
            + "/B0"
            + v.Of(UpperDigits, 9)
            + "/"
            + v.Of(Values.AlphaNumeric, 24)
        ),
        ("Stripe secret", static v => "sk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe restricted", static v => "rk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe webhook", static v => "wh" + "sec_" + v.Of(Values.AlphaNumeric, 32)),
        ("OpenAI project", static v => "sk-" + "proj-" + v.Of(Values.Url, 74) + "T3Blbk" + "FJ" + v.Of(Values.Url, 74)),
        ("OpenAI legacy", static v => "sk" + "-" + v.Of(Values.AlphaNumeric, 20) + "T3Blbk" + "FJ" + v.Of(Values.AlphaNumeric, 20)),
        ("Anthropic", static v => "sk-" + "ant-api03-" + v.Of(Values.Url, 93) + "AA"),
        ("OpenRouter", static v => "sk-" + "or-v1-" + v.Hex(64)),
        ("Groq", static v => "gs" + "k_" + v.Of(Values.AlphaNumeric, 52)),
        ("xAI", static v => "xa" + "i-" + v.Of(Values.AlphaNumeric, 80)),
        ("Hugging Face", static v => "h" + "f_" + v.Of(Values.Lower + Values.Upper, 34)),
        ("Replicate", static v => "r" + "8_" + v.Of(Values.AlphaNumeric, 37)),
        ("NVIDIA", static v => "nv" + "api-" + v.Of(Values.Url, 64)),
        ("LangSmith", static v => "lsv2" + "_pt_" + v.Hex(32) + "_" + v.Hex(10)),
        ("npm", static v => "np" + "m_" + v.Of(Values.AlphaNumeric, 36)),
        ("PyPI", static v => "py" + "pi-AgEIcHlwaS5vcmc" + v.Of(Values.Url, 150)),
        ("RubyGems", static v => "ruby" + "gems_" + v.Hex(48)),
        ("NuGet", static v => "oy" + "2" + v.Of(LowerDigits, 43)),
        ("Docker Hub", static v => "dckr" + "_pat_" + v.Of(Values.Url, 27)),
        ("JWT", static v =>
            Base64Url("""{"alg":"HS256","typ":"JWT"}""")
            + "."
            + Base64Url(
                $$"""{"sub":"{{v.Of(Values.Digits, 10)}}","name":"Jana","iat":17{{v.Of(Values.Digits, 8)}},"scope":"orders:write"}"""
            )
            + "."
            + v.Of(Values.Url, 43)
        ),
        ("age", static v => "AGE-SECRET" + "-KEY-1" + v.Of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
        ("PGP private key block", static v =>
            "-----BEGIN PGP "
            + "PRIVATE KEY BLOCK-----\n\nlQVYBG"
            + v.Of(Base64Digits, 58)
            + "\n"
            + v.Of(Base64Digits, 64)
            + "\n"
            + v.Of(Base64Digits, 64)
            + "\n"
            + v.Of(Base64Digits, 64)
            + "\n"
            + v.Of(Base64Digits, 31)
            + "=\n="
            + v.Of(Base64Digits, 4)
            + "\n-----END PGP "
            + "PRIVATE KEY BLOCK-----"
        ),
        ("OpenSSH private key", static v =>
            Pem(v, "OPENSSH " + "PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW", 6, 70)
        ),
        ("RSA private key", static v => Pem(v, "RSA " + "PRIVATE KEY", "MIIEpAIBAAKCAQEA", 25)),
        ("EC private key", static v => Pem(v, "EC " + "PRIVATE KEY", "MHcCAQEEI", 3)),
        ("PKCS 8 private key", static v => Pem(v, "PRIVATE " + "KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", 26)),
        ("PuTTY private key", static v =>
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ops@jump01\nPublic-Lines: 2\nAAAAC3NzaC1lZDI1NTE5AAAAI"
            + v.Of(Base64Digits, 39)
            + "\n"
            + v.Of(Base64Digits, 4)
            + "\nPrivate-"
            + "Lines: 1\nAAAAI"
            + v.Of(Base64Digits, 43)
            + "\nPrivate-MAC: "
            + v.Hex(64)
        ),
        ("PostgreSQL URL", static v => "postgres" + $"://app:{v.Of(Values.AlphaNumeric, 16)}@db.internal:5432/app"),
        ("MongoDB URL", static v =>
            "mongodb" + $"+srv://svc:{v.Of(Values.AlphaNumeric, 18)}@cluster0.{v.Of(LowerDigits, 5)}.mongodb.net/prod?retryWrites=true"
        ),
        ("AMQP URL", static v => "amqps" + $"://worker:{v.Of(Values.AlphaNumeric, 20)}@mq.corp.example:5671/orders"),
        ("Redis URL without a user", static v => "rediss" + $"://:{v.Of(Values.AlphaNumeric, 24)}@cache-01.corp.example:6380/0"),
        ("Git remote with a password", static v =>
            "https" + $"://builder:{v.Word()}{v.Of(Values.Digits, 4)}@git.corp.example/team/app.git"
        ),
        ("Google API", static v => "AI" + "za" + "Sy" + v.Of(Values.Url, 33)),
        ("Google OAuth client secret", static v => "GOC" + "SPX-" + v.Of(Values.Url, 28)),
        ("Google OAuth access", static v => "ya" + "29.a0A" + v.Of(Values.Url, 160)),
        ("Google OAuth refresh", static v => "1/" + "/0" + v.Of(Values.Digits, 1) + v.Of(Values.Url, 96)),
        ("Azure AD client secret", static v => v.Of(Values.AlphaNumeric, 3) + "8Q" + "~" + v.Of(Values.AlphaNumeric + "_~.-", 33) + "a"),
        ("Azure DevOps", static v => v.Of(Values.AlphaNumeric, 76) + "AZ" + "DO" + v.Of(Values.AlphaNumeric, 4)),
        ("Azure storage key", static v => v.Of(Base64Digits, 76) + "+A" + "St" + v.Of(Base64Digits, 5) + v.Any("A", "Q", "g", "w") + "=="),
        ("SendGrid", static v => "S" + "G." + v.Of(Values.Url, 22) + "." + v.Of(Values.Url, 43)),
        ("Mailchimp", static v => v.Hex(32) + "-u" + "s" + v.Any("6", "14", "21")),
        ("Brevo", static v => "xkey" + "sib-" + v.Hex(64) + "-" + v.Of(Values.AlphaNumeric, 16)),
        ("Discord bot", static v => "MT" + "E" + v.Of(Values.AlphaNumeric, 23) + ".G" + v.Of(Values.Url, 5) + "." + v.Of(Values.Url, 38)),
        ("Telegram bot", static v => v.Of("123456789", 10) + ":A" + "A" + v.Of(Values.Url, 33)),
        ("DigitalOcean", static v => "dop" + "_v1_" + v.Hex(64)),
        ("Databricks", static v => "da" + "pi" + v.Hex(32)),
        ("Shopify", static v => "shp" + "at_" + v.Hex(32)),
        ("Square", static v => "EA" + "AA" + v.Of(Values.Url, 60)),
        ("HashiCorp Vault", static v => "hv" + "s.CAES" + v.Of(Values.Url, 90)),
        ("Terraform Cloud", static v => v.Of(Values.AlphaNumeric, 14) + ".atlas" + "v1." + v.Of(Values.AlphaNumeric, 67)),
        ("Grafana service account", static v => "gl" + "sa_" + v.Of(Values.AlphaNumeric, 32) + "_" + v.Hex(8)),
        ("New Relic", static v => "NR" + "AK-" + v.Of(UpperDigits, 27)),
        ("Sentry user", static v => "sn" + "tryu_" + v.Hex(64)),
        ("Atlassian", static v => "ATA" + "TT3xFfGF0" + v.Of(Values.Url, 171) + "=" + v.Of(Values.Digits + "ABCDEF", 8)),
        ("Notion", static v => "nt" + "n_" + v.Of("123456789", 11) + v.Of(Values.AlphaNumeric, 35)),
        ("Airtable", static v => "pa" + "t" + v.Of(Values.AlphaNumeric, 14) + "." + v.Hex(64)),
        ("Postman", static v => "PM" + "AK-" + v.Hex(24) + "-" + v.Hex(34)),
        ("Tailscale auth", static v => "ts" + "key-auth-k" + v.Of(Values.AlphaNumeric, 11) + "CNTRL-" + v.Of(Values.AlphaNumeric, 32)),
        ("Mapbox secret", static v =>
            "sk" + "." + Base64Url($$"""{"u":"{{v.Word()}}maps","a":"cl{{v.Of(LowerDigits, 23)}}"}""") + "." + v.Of(Values.Url, 22)
        ),
        ("Dynatrace", static v => "dt0" + "c01." + v.Of(Base32, 24) + "." + v.Of(Base32, 64)),
    ];
}
