using System.Text;
using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Files, programs and commands in which a password or key has its fixed place.</summary>
internal static class Files
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        (".npmrc token", static (v, s) =>
            $"registry=https://registry.example.com/\n//registry.example.com/:_authToken={s}\nalways-auth=true"
        ),
        (".npmrc password", static (v, s) => $"//npm.example.com/:username=ci\n//npm.example.com/:_password=\"{s}\"\nstrict-ssl=true"),
        (".npmrc _auth", static (v, s) => $"_auth={s}\nemail=ci@example.com"),
        (".netrc", static (v, s) => $"machine api.example.com\n  login deploy\n  password {s}\n"),
        (".netrc, one line", static (v, s) => $"machine api.example.com login deploy password {s}"),
        (".pgpass", static (v, s) => $"db.example.com:5432:app:deploy:{s}\n"),
        (".git-credentials", static (v, s) => $"https://deploy:{Uri.EscapeDataString(s)}@git.example.com\n"),
        ("pip.conf", static (v, s) => $"[global]\nindex-url = https://ci:{Uri.EscapeDataString(s)}@pypi.example.com/simple"),
        (".pypirc", static (v, s) => $"[pypi]\nusername = __token__\npassword = {s}\n"),
        (".my.cnf", static (v, s) => $"[client]\nuser=root\npassword={s}\n"),
        ("AWS credentials", static (v, s) =>
            $"[default]\naws_access_key_id = {v.Of(Upper, 8)}\naws_secret_access_key = {s}\nregion = eu-west-1"
        ),
        ("kubeconfig", static (v, s) => $"users:\n- name: admin\n  user:\n    token: {s}\n"),
        ("Kubernetes env", static (v, s) => $"env:\n  - name: DB_PASSWORD\n    value: \"{s}\"\n  - name: TZ\n    value: UTC"),
        ("Kubernetes env, bare", static (v, s) =>
            $"        - name: {v.Any("STRIPE_API_KEY", "REDIS_AUTH", "GITHUB_PAT")}\n          value: {s}\n"
        ),
        ("Kubernetes secret", static (v, s) => $"kind: Secret\ndata:\n  password: {Convert.ToBase64String(Encoding.UTF8.GetBytes(s))}\n"),
        ("YAML block", static (v, s) => $"secrets:\n  api_key: |\n    {s}\n  other: 1\n"),
        ("YAML folded", static (v, s) => $"password: >-\n  {s}\nuser: x"),
        ("Maven settings", static (v, s) =>
            $"<server>\n  <id>nexus</id>\n  <username>ci</username>\n  <password>{s}</password>\n</server>"
        ),
        ("XML attribute", static (v, s) => $"<user name=\"tomcat\" password=\"{s}\" roles=\"manager\"/>"),
        ("XML attribute, first", static (v, s) => $"<connection password='{s}' host='db'/>"),
        ("app.config", static (v, s) =>
            $"<appSettings>\n  <add key=\"{v.Any("ApiKey", "SmtpPassword", "ClientSecret")}\" value=\"{s}\" />\n</appSettings>"
        ),
        ("Spring XML", static (v, s) => $"<bean class=\"DataSource\"><property name=\"password\" value=\"{s}\"/></bean>"),
        ("Spring XML, element", static (v, s) => $"<property name=\"password\"><value>{s}</value></property>"),
        ("XML, namespace", static (v, s) =>
            $"<wsse:UsernameToken><wsse:Username>x</wsse:Username><wsse:Password Type=\"#PasswordText\">{s}</wsse:Password></wsse:UsernameToken>"
        ),
        ("plist", static (v, s) => $"<dict>\n  <key>APIToken</key>\n  <string>{s}</string>\n</dict>"),
        ("HTML form", static (v, s) => $"<input type=\"hidden\" name=\"csrf_token\" value=\"{s}\">"),
        ("CSV", static (v, s) => $"id,username,password,email\n1,ada,{s},ada@example.com\n"),
        ("CSV, quotes", static (v, s) =>
            $"\"Name\",\"Url\",\"Username\",\"Password\"\n\"Shop\",\"https://shop.example.com\",\"ada\",\"{s}\"\n"
        ),
        ("CSV, second row", static (v, s) => $"name,api_key,created\nfirst,{v.Hex(32)},2026-01-02\nsecond,{s},2026-02-03\n"),
        ("CSV, semicolons", static (v, s) => $"user;secret;role\nada;{s};admin\n"),
        ("TSV", static (v, s) => $"host\tuser\tpassword\ndb1\troot\t{s}\n"),
        ("Markdown table", static (v, s) => $"| user | password | role |\n|---|---|---|\n| ada | {s} | admin |\n"),
        ("Markdown table of names", static (v, s) => $"| Setting | Value |\n|---|---|\n| Host | db |\n| Password | {s} |\n"),
        ("Markdown table, code", static (v, s) => $"| Name | Value |\n|---|---|\n| `API_KEY` | `{s}` |\n"),
        ("Markdown list", static (v, s) => $"Access:\n- **User**: ada\n- **Password**: {s}\n"),
        ("Markdown code", static (v, s) => $"The admin password is `{s}` until Friday."),
        ("SQL create user", static (v, s) => $"CREATE USER 'app'@'%' IDENTIFIED BY '{s}';"),
        ("SQL identified with", static (v, s) => $"ALTER USER 'root'@'localhost' IDENTIFIED WITH mysql_native_password BY '{s}';"),
        ("SQL alter role", static (v, s) => $"ALTER ROLE app WITH LOGIN PASSWORD '{s}';"),
        ("SQL create login", static (v, s) => $"CREATE LOGIN app WITH PASSWORD = N'{s}', DEFAULT_DATABASE = app;"),
        ("SQL insert", static (v, s) => $"INSERT INTO users (id, name, password, role) VALUES (1, 'ada', '{s}', 'admin');"),
        ("SQL insert, many", static (v, s) => $"INSERT INTO accounts (`name`, `api_token`) VALUES ('a', '{v.Hex(16)}'), ('b', '{s}');"),
        ("SQL update", static (v, s) => $"UPDATE users SET password = '{s}' WHERE id = 7;"),
        ("SQL where", static (v, s) => $"SELECT * FROM users WHERE name = 'ada' AND password = '{s}'"),
        ("psql table", static (v, s) => $" id | name | password \n----+------+----------\n  1 | ada  | {s}\n(1 row)\n"),
        ("mysql table", static (v, s) => $"+----+-------+\n| id | token |\n+----+-------+\n|  1 | {s} |\n+----+-------+\n"),
        ("curl -u", static (v, s) => $"curl -u deploy:{s} https://api.example.com/v1/builds"),
        ("curl -u, quotes", static (v, s) => $"curl -s -u \"deploy:{s}\" https://api.example.com/v1/builds"),
        ("curl --user", static (v, s) => $"curl --user 'ada:{s}' -X POST https://example.com"),
        ("curl header", static (v, s) => $"curl -H \"X-Api-Key: {s}\" https://api.example.com"),
        ("curl bearer", static (v, s) => $"curl -H 'Authorization: Bearer {s}' https://api.example.com"),
        ("curl private token", static (v, s) => $"curl --header \"PRIVATE-TOKEN: {s}\" https://git.example.com/api/v4/projects"),
        ("curl data", static (v, s) => $"curl -d 'grant_type=password&username=ada&password={s}&scope=all' https://id.example.com/token"),
        ("curl JSON data", static (v, s) => $"curl -d '{{\"user\":\"ada\",\"password\":\"{s}\"}}' https://id.example.com"),
        ("wget", static (v, s) => $"wget --user=ada --password={s} https://example.com/f"),
        ("mysql -p", static (v, s) => $"mysql -h db -u root -p{s} shop"),
        ("sshpass", static (v, s) => $"sshpass -p {s} ssh root@10.0.0.1"),
        ("sshpass, quotes", static (v, s) => $"sshpass -p '{s}' scp a b:/c"),
        ("docker login", static (v, s) => $"docker login -u ada -p {s} registry.example.com"),
        ("redis-cli", static (v, s) => $"redis-cli -h cache -a {s} ping"),
        ("option", static (v, s) => $"deploy --api-key {s} --region eu"),
        ("option, equals", static (v, s) => $"deploy --token={s} --region eu"),
        ("PowerShell", static (v, s) => $"$p = ConvertTo-SecureString \"{s}\" -AsPlainText -Force"),
        ("PowerShell option", static (v, s) => $"Connect-Thing -User ada -Password '{s}' -Force"),
        ("openssl", static (v, s) => $"openssl enc -aes-256-cbc -pass pass:{s} -in a -out b"),
        ("PHP define", static (v, s) => $"define('DB_PASSWORD', '{s}');"),
        ("PHP array", static (v, s) => $"'connections' => ['host' => 'db', 'password' => '{s}', 'port' => 3306],"),
        ("Python environ", static (v, s) => $"os.environ[\"API_KEY\"] = \"{s}\""),
        ("Python argument", static (v, s) => $"client = connect(host=\"db\", user=\"app\", password=\"{s}\")"),
        ("Python getenv", static (v, s) => $"token = os.getenv(\"SLACK_TOKEN\", \"{s}\")"),
        ("Python dict", static (v, s) => $"settings = {{'user': 'app', 'secret_key': '{s}'}}"),
        ("JavaScript", static (v, s) => $"const apiKey = '{s}';\nfetch(url, {{ headers: {{}} }});"),
        ("JavaScript fallback", static (v, s) => $"const secret = process.env.JWT_SECRET || '{s}';"),
        ("JavaScript header", static (v, s) => $"fetch(url, {{ headers: {{ 'X-Auth-Token': `{s}` }} }})"),
        ("C#", static (v, s) => $"private const string Password = \"{s}\";"),
        ("C# dictionary", static (v, s) => $"[\"ClientSecret\"] = \"{s}\","),
        ("Go", static (v, s) => $"var dbPassword string = \"{s}\"\n"),
        ("Go field", static (v, s) => $"cfg := Config{{User: \"app\", Password: \"{s}\"}}"),
        ("Go short", static (v, s) => $"apiToken := \"{s}\""),
        ("Java setter", static (v, s) => $"dataSource.setPassword(\"{s}\");"),
        ("Java builder", static (v, s) => $"Client.builder().apiKey(\"{s}\").build()"),
        ("Rust", static (v, s) => $"let secret_key: &str = \"{s}\";"),
        ("Terraform", static (v, s) => $"variable \"db_password\" {{\n  type    = string\n  default = \"{s}\"\n}}"),
        ("Nginx header", static (v, s) => $"proxy_set_header X-Api-Key \"{s}\";"),
        ("WireGuard", static (v, s) =>
            $"[Interface]\nPrivateKey = {v.Base64(32)}\n[Peer]\nPresharedKey = {v.Base64(32)}\nPassword = {s}\n"
        ),
        ("wpa_supplicant", static (v, s) => $"network={{\n  ssid=\"home\"\n  psk=\"{s}\"\n}}"),
        ("sshd key", static (v, s) => $"-----BEGIN OPENSSH PRIVATE KEY-----\n{s}\n{v.Base64(48)}\n-----END OPENSSH PRIVATE KEY-----"),
        ("htpasswd", static (v, s) => $"ada:$apr1$wZ1x9Yq0${v.Of(AlphaNumeric, 22)}\n# password: {s}\n"),
        ("multipart", static (v, s) => $"--b0\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{s}\r\n--b0--"),
        ("URL query", static (v, s) => $"GET https://api.example.com/v1/x?api_key={Uri.EscapeDataString(s)}&page=2"),
        ("URL query, key", static (v, s) =>
            $"https://maps.example.com/js?v=3&key={v.Of(AlphaNumeric, 39)}&token={Uri.EscapeDataString(s)}"
        ),
        ("URL fragment", static (v, s) => $"https://app.example.com/cb#access_token={Uri.EscapeDataString(s)}&expires_in=3600"),
        ("database URL", static (v, s) => $"DATABASE_URL=postgres://app:{Uri.EscapeDataString(s)}@db:5432/app"),
        ("redis URL", static (v, s) => $"redis://:{Uri.EscapeDataString(s)}@cache:6379/0"),
        ("AMQP URL", static (v, s) => $"amqps://app:{Uri.EscapeDataString(s)}@mq.example.com/vhost"),
        ("JDBC", static (v, s) => $"jdbc:mysql://db/app?user=app&password={Uri.EscapeDataString(s)}&useSSL=true"),
        ("ADO.NET", static (v, s) => $"Server=db;Database=app;User Id=sa;Password={s};Encrypt=True"),
        ("libpq", static (v, s) => $"host=db user=app password={s} dbname=app"),
        ("ODBC", static (v, s) => $"Driver={{X}};Server=db;Uid=app;Pwd={s};"),
        ("HTTP request", static (v, s) => $"POST /login HTTP/1.1\r\nHost: example.com\r\nX-Auth-Token: {s}\r\nAccept: */*\r\n\r\n"),
        ("HTTP cookie", static (v, s) => $"GET / HTTP/1.1\r\nCookie: theme=dark; session={s}\r\nAccept: */*\r\n"),
        ("HTTP set-cookie", static (v, s) => $"HTTP/1.1 200 OK\r\nSet-Cookie: sid={s}; HttpOnly; Path=/\r\n"),
        ("Sentry DSN", static (v, s) => $"sentry_dsn: https://{v.Hex(32)}@o1.ingest.example.com/2\nsentry_auth_token: {s}"),
        ("git remote", static (v, s) => $"origin\thttps://{Uri.EscapeDataString(s)}:x-oauth-basic@git.example.com/a/b.git (fetch)"),
        ("Ansible", static (v, s) => $"- hosts: db\n  vars:\n    ansible_become_pass: {s}\n"),
        ("Vault output", static (v, s) =>
            $"Key                Value\n---                -----\ntoken              {s}\ntoken_accessor     x\n"
        ),
        ("Vagrant", static (v, s) => $"config.ssh.password = \"{s}\""),
        ("Jenkins", static (v, s) => $"withEnv(['NEXUS_PASSWORD={s}']) {{ sh 'mvn deploy' }}"),
        ("GitHub Actions", static (v, s) => $"      - run: deploy\n        env:\n          DEPLOY_KEY: {s}\n"),
        ("Elixir", static (v, s) => $"config :app, App.Repo, username: \"app\", password: \"{s}\""),
        ("Lua", static (v, s) => $"local opts = {{ user = \"app\", auth_token = \"{s}\" }}"),
        ("LDAP", static (v, s) => $"ldapsearch -x -D cn=admin,dc=example -w {s} -b dc=example"),
        ("email", static (v, s) => $"Hello Ada,\n\nYour account is ready.\nUsername: ada\nPassword: {s}\n\nRegards"),
    ];
}
