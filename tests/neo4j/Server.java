import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/** tests: a real Neo4j server on the loopback address. bin/neo4j starts it and describes the arguments. */
public class Server {
    public static void main(String[] args) throws Exception {
        var home = Path.of(args[0]);
        var dbms = new DatabaseManagementServiceBuilder(home)
            .loadPropertiesFromFile(Path.of(args[1]))
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", Integer.parseInt(args[2])))
            .build();
        Runtime.getRuntime().addShutdownHook(new Thread(dbms::shutdown));
        System.out.println("ready bolt://127.0.0.1:" + port(dbms));
        if (args.length > 3) throwAway(home);
        Thread.currentThread().join();
    }

    /** If the process that started the server is killed, standard input closes, and the server removes its home. */
    static void throwAway(Path home) throws IOException {
        System.in.transferTo(OutputStream.nullOutputStream());
        try (var files = Files.walk(home)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }

    /** The port that the server listens on, read from the server, so that port 0 can mean any free port. */
    static int port(DatabaseManagementService dbms) {
        var database = (GraphDatabaseAPI) dbms.database("neo4j");
        var ports = database.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
        return ports.getLocalAddress(ConnectorType.BOLT).getPort();
    }
}
